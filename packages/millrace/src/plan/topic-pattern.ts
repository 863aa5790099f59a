/**
 * Topic patterns match a topic's whole name, as Java's `Pattern.matches` does: the pattern `in-\d` does not match
 * `my-in-1`. A built topology holds them anchored and without state, so that `pattern.test(topic)` is all it takes.
 */

const HEAD = '^(?:'
const TAIL = ')$'

/** The pattern for whole names, without the flags that make a RegExp remember its last match. */
export function wholeTopicPattern(pattern: RegExp): RegExp {
  const { source } = pattern
  const anchored = isAnchored(source) ? source : HEAD + source + TAIL
  return new RegExp(anchored, pattern.flags.replace(/[gy]/g, ''))
}

/** The pattern as the user wrote it. */
export function patternText(pattern: RegExp): string {
  const { source } = pattern
  return isAnchored(source) ? source.slice(HEAD.length, -TAIL.length) : source
}

export function matchesWholeTopic(pattern: RegExp, topic: string): boolean {
  return wholeTopicPattern(pattern).test(topic)
}

function isAnchored(source: string): boolean {
  return source.startsWith(HEAD) && source.endsWith(TAIL)
}
