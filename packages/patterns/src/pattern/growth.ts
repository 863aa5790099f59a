/**
 * What in a pattern lets the runs of a key grow without bound, or faster than the events: told when the pattern is built,
 * so that nobody learns it from a full disk. Warnings, not errors: a key may be known to see few events.
 */

import { type Element, innerOf, isNegated, namedElements } from './definition.ts'

/** The warnings of a pattern, each with its remedy; empty: the runs of a key are bounded by the events in its window. */
export function growthWarnings(elements: readonly Element[]): string[] {
  const windowed = elements.some((element) => (element.withinMs ?? 0) > 0)
  const warnings: string[] = []
  const waits = waitsForEver(elements, true)
  if (!windowed && waits !== undefined) {
    warnings.push(`a run that waits for ${waits} may wait for ever: add within() to the pattern`)
  }
  for (const { name, quantifier, contiguity } of namedElements(elements)) {
    if (quantifier.kind !== 'one' && quantifier.inner === 'any') {
      warnings.push(
        `${name}: allowCombinations makes a run for every subset of the events that fit, 2 to the power of their number: narrow its condition${quantifier.until === undefined && quantifier.kind === 'loop' ? ', add until()' : ''} or limit the runs of a key`,
      )
    } else if (!windowed && contiguity === 'followedByAny') {
      warnings.push(`${name}: followedByAny goes on waiting after each event it takes: add within() to the pattern`)
    }
  }
  return warnings
}

/** The first element that passes over events without a limit in time, so that a run can stay there. */
function waitsForEver(elements: readonly Element[], first: boolean): string | undefined {
  for (const [i, element] of elements.entries()) {
    if (isNegated(element)) continue
    const { quantifier } = element
    const limited = element.withinPreviousMs !== undefined && quantifier.kind === 'one'
    const begins = first && i === 0
    const relaxed = element.contiguity === 'followedBy' || element.contiguity === 'followedByAny'
    const name = element.name ?? namedElements([element])[0]?.name
    if (!begins && relaxed && !limited) return name
    if (quantifier.kind !== 'one' && quantifier.inner !== 'strict' && quantifier.gapMs === undefined) return name
    for (const inner of innerOf(element)) {
      const inside = waitsForEver(inner, true)
      if (inside !== undefined) return inside
    }
    // Between its parts any event is passed over.
    if (element.choice?.of === 'all') return element.choice.parts.map((part) => part[0]?.name).join(' or ')
  }
  return undefined
}
