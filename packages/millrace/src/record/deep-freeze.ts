/**
 * Freezes a value all the way down (law 11), so that a callback that mutates what it was given fails in the test driver
 * and not in production. Typed arrays cannot be frozen and are left alone; so are instances that are frozen already.
 */

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value
  Object.freeze(value)
  for (const key of Object.keys(value)) deepFreeze((value as Record<string, unknown>)[key])
  return value
}
