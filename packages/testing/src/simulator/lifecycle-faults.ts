/**
 * What an operator does to an app that runs, and what ends its threads: threads added and removed, apps paused and resumed,
 * calls that fail for good, after which the thread that made them is replaced.
 *
 * Drawn from chance of its own, so that a seed's other faults are what they were without these.
 */

import type { LogCall } from 'millrace/log'
import { LogError } from 'millrace/log'
import { Random } from './random.ts'
import type { SimProcess } from './sim-process.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface LifecyclePlan {
  /** Mean ms between a thread more or less in one app; 0: never. */
  readonly threadsEveryMs: number
  /** Mean ms between pauses of an app's processing. */
  readonly pauseEveryMs: number
  /** A call is never executed and fails with an error that has no remedy. */
  readonly brokenCall: number
}

export const NO_LIFECYCLE: LifecyclePlan = { threadsEveryMs: 0, pauseEveryMs: 0, brokenCall: 0 }

/** In half of the runs nothing. */
export function drawLifecycle(seed: number): LifecyclePlan {
  const random = new Random(seed * 104_729 + 13)
  if (random.chance(0.5)) return NO_LIFECYCLE
  return {
    threadsEveryMs: random.chance(0.7) ? random.between(400, 2_500) : 0,
    pauseEveryMs: random.chance(0.5) ? random.between(700, 3_000) : 0,
    brokenCall: random.chance(0.6) ? random.between(0.001, 0.01) : 0,
  }
}

/** Calls of workers alone: what fails while an app starts, or its global tables are read, ends the app. */
const BREAKABLE: ReadonlySet<LogCall['operation']> = new Set([
  'produce',
  'addOffsets',
  'endTransaction',
  'commitOffsets',
  'fetchOffsets',
  'initProducer',
  'sync',
])

/** The error of a call that is broken, if this one is. */
export function brokenCalls(plan: () => LifecyclePlan, random: Random): (call: LogCall) => LogError | undefined {
  return ({ operation }) => {
    const { brokenCall } = plan()
    if (brokenCall === 0 || !BREAKABLE.has(operation) || !random.chance(brokenCall)) return undefined
    return new LogError('SIMULATED_FAILURE', `broken: ${operation}`)
  }
}

export interface LifecycleTargets {
  readonly time: VirtualTime
  readonly seed: number
  running(): readonly SimProcess[]
  active(): boolean
  note(who: string, what: string): void
}

export function unleashLifecycle(plan: LifecyclePlan, targets: LifecycleTargets): void {
  const { time, note } = targets
  const random = new Random(targets.seed * 15_485_863 + 7)
  const every = (meanMs: number, act: (process: SimProcess, chance: Random) => void): void => {
    if (meanMs === 0) return
    const chance = random.fork()
    const next = (): void => {
      time.schedule(chance.between(0.2, 1.8) * meanMs, () => {
        if (!targets.active()) return
        const running = targets.running()
        if (running.length > 0) act(chance.pick(running), chance)
        next()
      })
    }
    next()
  }

  every(plan.threadsEveryMs, ({ app, name }, chance) => {
    const more = chance.chance(0.55) && app.metadataForLocalThreads().length < 3
    note(name, more ? 'a thread more' : 'a thread less')
    const changing = more ? app.addStreamThread() : app.removeStreamThread({ timeoutMs: 60_000 })
    changing.catch(() => {})
  })
  every(plan.pauseEveryMs, ({ app, name }, chance) => {
    note(name, 'processing paused')
    app.pause()
    time.schedule(chance.between(50, 2_000), () => {
      note(name, 'processing resumed')
      app.resume()
    })
  })
}

/** Brings a process back to where it can do its share: called until all is done. */
export function settleLifecycle({ app }: SimProcess): void {
  app.resume()
  if (app.state !== 'running' && app.state !== 'rebalancing') return
  if (app.metadataForLocalThreads().length === 0) app.addStreamThread().catch(() => {})
}
