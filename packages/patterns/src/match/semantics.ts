/**
 * Where FlinkCEP delays or loses results in ways its users report as bugs, each is an option here, and `flink` sets all of
 * them to what Flink does. The defaults are what the documentation of the operators leads one to expect.
 */

export interface Semantics {
  /**
   * When a finished match is emitted under a skip strategy. `inOrder` (Flink): once no live run started earlier, since
   * that one could still finish and suppress it; without a window that may be never. `immediate`: when it is finished;
   * with `pastLastEvent` it drops what overlaps it, whichever began first, with the others what began from its own start
   * on.
   */
  readonly emit: 'inOrder' | 'immediate'
  /**
   * Which match of one start wins under a skip strategy. `first` (Flink): the one that finishes first, so that `a b`
   * suppresses `a b c?` with its c. `longest`: the match waits until nothing of its start is live, and the one with most
   * events is emitted; use it with a window, or a loop at the end keeps it waiting.
   */
  readonly prefer: 'first' | 'longest'
  /**
   * What a greedy `times(m, n)` that has taken n does with one more event that fits. `refuse` (Flink): the run ends,
   * unless the event also fits what follows. `release`: the loop is over, and what follows decides.
   */
  readonly greedyAtMaximum: 'refuse' | 'release'
  /**
   * `eachRun` (Flink): every branch of a start times out by itself. `eachStart`: one time-out, with the
   * most events, and none if the end of the window made a match of the start.
   */
  readonly timeouts: 'eachRun' | 'eachStart'
  /**
   * Whether a loop before a final `notFollowedBy` completes if it is still looping when its window is over: `a+
   * notFollowedBy b`, after `a1 a2`, is a1 a2. Flink: false; the run must have seen another event after its last.
   */
  readonly loopsComplete: boolean
  /** Whether the end of a wait between events wakes a key that has fallen silent. Flink: false. */
  readonly gapTimers: boolean
}

/** FlinkCEP 2.1, to the order of results. */
export const FLINK: Semantics = Object.freeze({
  emit: 'inOrder',
  prefer: 'first',
  greedyAtMaximum: 'refuse',
  timeouts: 'eachRun',
  loopsComplete: false,
  gapTimers: false,
})

/** What a user would expect. */
export const EXPECTED: Semantics = Object.freeze({
  emit: 'immediate',
  prefer: 'first',
  greedyAtMaximum: 'release',
  timeouts: 'eachStart',
  loopsComplete: true,
  gapTimers: true,
})
