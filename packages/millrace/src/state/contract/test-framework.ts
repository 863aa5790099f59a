/**
 * The little of a test framework that the contract suite needs; vitest, jest and node:test with an expect all fit. The
 * suite imports none, so that adapters outside this repository run it with their own.
 */

export interface Matchers {
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
}

export interface TestFramework {
  describe(name: string, define: () => void): void
  it(name: string, run: () => void | Promise<void>): void
  expect(actual: unknown): Matchers
}
