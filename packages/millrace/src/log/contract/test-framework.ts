/**
 * The little of a test framework that the contract suite needs; vitest, jest and node:test with an expect all fit. The
 * suite imports none, so that adapters outside this repository run it with their own.
 */

import type { Log, LogCapabilities } from '../log.ts'

export interface Matchers {
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
  toMatchObject(expected: object): void
}

export interface TestFramework {
  describe(name: string, define: () => void): void
  it(name: string, run: () => Promise<void>, timeoutMs?: number): void
  expect(actual: unknown): Matchers
}

export interface LogContractOptions {
  /** Shown in the test's names. */
  readonly name: string
  /** Opens a log; each test opens and closes one. Topics and groups get names of their own, so that logs may be shared. */
  open(): Promise<Log>
  /** What the adapter says it can; what it cannot is asserted to be refused. */
  readonly capabilities: LogCapabilities
}
