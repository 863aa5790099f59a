/**
 * Which faults a run has and how often, drawn from its seed: some runs have all, some one alone, some none at all, for
 * faults hide each other. Rates are per port call where not said otherwise.
 */

import type { Random } from './random.ts'

export interface FaultPlan {
  /** The process dies before or after the call. */
  readonly crash: number
  /** The call is never executed and fails. */
  readonly lostRequest: number
  /** The call is executed, its answer is lost. */
  readonly lostAnswer: number
  /** As `lostAnswer`, for the calls that end or fill a transaction or commit offsets. */
  readonly lostCommitAnswer: number
  /** The call, or its answer, takes longer than the caller waits. */
  readonly delay: number
  /** The process stops after a call that writes or commits, for longer than its session, and goes on then: a zombie. */
  readonly pauseAtCall: number
  /** A write to disk fails. */
  readonly diskFailure: number
  /** Mean ms between each of these; 0: never. */
  readonly pauseEveryMs: number
  readonly scaleEveryMs: number
  readonly brokerRestartEveryMs: number
  readonly clockJumpEveryMs: number
  readonly crashEveryMs: number
}

/** Writers that are not fenced may undo each other's state under at least once, in Kafka Streams too: no zombies there. */
export function drawFaults(random: Random, exactlyOnce: boolean): FaultPlan {
  const some = (probability: number, value: number): number => (random.chance(probability) ? value : 0)
  const quiet = random.chance(0.04)
  if (quiet) return NO_FAULTS
  return {
    crash: some(0.4, random.between(0.0003, 0.003)),
    lostRequest: some(0.5, random.between(0.002, 0.02)),
    lostAnswer: some(0.5, random.between(0.002, 0.03)),
    lostCommitAnswer: some(0.6, random.between(0.02, 0.2)),
    delay: exactlyOnce ? some(0.5, random.between(0.002, 0.02)) : 0,
    pauseAtCall: exactlyOnce ? some(0.35, random.between(0.002, 0.02)) : 0,
    diskFailure: some(0.15, random.between(0.001, 0.01)),
    pauseEveryMs: exactlyOnce ? some(0.5, random.between(1_500, 6_000)) : 0,
    scaleEveryMs: some(0.5, random.between(800, 5_000)),
    brokerRestartEveryMs: some(0.3, random.between(2_000, 6_000)),
    clockJumpEveryMs: some(0.25, random.between(1_000, 5_000)),
    crashEveryMs: some(0.6, random.between(700, 4_000)),
  }
}

export const NO_FAULTS: FaultPlan = {
  crash: 0,
  lostRequest: 0,
  lostAnswer: 0,
  lostCommitAnswer: 0,
  delay: 0,
  pauseAtCall: 0,
  diskFailure: 0,
  pauseEveryMs: 0,
  scaleEveryMs: 0,
  brokerRestartEveryMs: 0,
  clockJumpEveryMs: 0,
  crashEveryMs: 0,
}
