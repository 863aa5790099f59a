/**
 * Two ordered ranges as one, the newer above the older: an entry above hides the one below, and a null hides it without
 * taking its place. Overlay over byte store and record cache over overlay are the same merge.
 */

export type Entry = readonly [key: string, value: Uint8Array]

export function* mergeRanges(
  above: readonly (readonly [string, Uint8Array | null])[],
  below: Iterable<Entry>,
  reverse: boolean,
): Generator<Entry> {
  let next = 0
  for (const entry of below) {
    const key = entry[0]
    let hidden = false
    while (next < above.length) {
      const newer = above[next]
      if (newer[0] !== key && newer[0] < key === reverse) break
      next++
      if (newer[0] === key) hidden = true
      if (newer[1] !== null) yield newer as Entry
    }
    if (!hidden) yield entry
  }
  for (; next < above.length; next++) if (above[next][1] !== null) yield above[next] as Entry
}
