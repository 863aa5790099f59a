/**
 * Topic patterns match a topic's whole name, as Java's `Pattern.matches` does: the pattern `in-\d` does not match
 * `my-in-1`.
 */

export function matchesWholeTopic(pattern: RegExp, topic: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, '')).test(topic)
}
