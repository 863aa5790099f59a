/**
 * Where a value lies, so that it is decoded in place and not copied first. Whoever fills one in says how long it holds; whoever
 * reads it may keep nothing of the bytes.
 */

export interface ValueView {
  bytes: Buffer
  start: number
  end: number
}
