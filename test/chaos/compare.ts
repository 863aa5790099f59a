/** Counting what differs between what should be in a topic and what is. Knows texts only. */

export interface Verdict {
  readonly output: string
  readonly expected: number
  readonly found: number
  lost: number
  duplicated: number
  wrong: number
  /** At least once: results above the truth, which are allowed and printed. */
  excess: number
  /** The first few differences, for people. */
  readonly examples: string[]
}

const MAX_EXAMPLES = 5

export function verdict(output: string, expected: number, found: number): Verdict {
  return { output, expected, found, lost: 0, duplicated: 0, wrong: 0, excess: 0, examples: [] }
}

export function example(into: Verdict, text: string): void {
  if (into.examples.length < MAX_EXAMPLES) into.examples.push(text)
}

/** As bags: what is missing is lost, what is there too often is duplicated, what should never be there is wrong. */
export function compareBags(into: Verdict, expected: readonly string[], found: readonly string[]): void {
  const counts = new Map<string, number>()
  for (const each of expected) counts.set(each, (counts.get(each) ?? 0) + 1)
  const known = new Set(expected)
  for (const each of found) {
    if (!known.has(each)) {
      into.wrong++
      example(into, `wrong: ${each}`)
      continue
    }
    const left = counts.get(each)!
    if (left === 0) {
      into.duplicated++
      example(into, `duplicated: ${each}`)
    } else counts.set(each, left - 1)
  }
  for (const [each, left] of counts) {
    if (left === 0) continue
    into.lost += left
    example(into, `lost: ${each}`)
  }
}

/** As bags, and if they are equal, in order too. */
export function compareInOrder(into: Verdict, expected: readonly string[], found: readonly string[]): void {
  const before = into.lost + into.duplicated + into.wrong
  compareBags(into, expected, found)
  if (into.lost + into.duplicated + into.wrong > before) return
  const at = expected.findIndex((each, index) => found[index] !== each)
  if (at === -1) return
  into.wrong++
  example(into, `out of order at row ${at}: ${found[at]} instead of ${expected[at]}`)
}
