/**
 * The only exceptions from the source rules, each with its reason. An entry that no longer excuses anything fails the check, so
 * that the list cannot rot. Think twice before adding one: the simulator cannot steer what is excused here.
 */

export type Rule = 'ambient' | 'any'

export interface Allowance {
  readonly rule: Rule
  /** A file, or a folder that ends with '/'. */
  readonly path: string
  readonly reason: string
}

export const allowances: readonly Allowance[] = [
  {
    rule: 'ambient',
    path: 'packages/millrace/src/record/clock.ts',
    reason: 'the port itself: the system clock, timers and randomness that everything else is given',
  },
]

/** Folders whose business is real time or the replacement of it; they may be empty of exceptions. */
export const exemptFolders: readonly { readonly path: string; readonly reason: string }[] = [
  { path: 'packages/testing/src/simulator/', reason: 'puts virtual time in the place of the real one' },
  {
    path: 'packages/testing/src/broker/',
    reason: 'starts and awaits a real Kafka process; never part of an application',
  },
]
