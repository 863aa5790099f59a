/**
 * What lies between a process and the broker: each call takes time on the way there and back, and meets the faults of the
 * plan. A request that was sent arrives although its sender is paused; of a killed process nothing arrives any more.
 */

import { type LogCall, LogError, type LogInterceptor } from 'millrace/log'
import type { FaultPlan } from './fault-plan.ts'
import type { ProcessClock } from './process-clock.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface NetworkOptions {
  readonly time: VirtualTime
  readonly clock: ProcessClock
  readonly random: Random
  readonly requestTimeoutMs: number
  faults(): FaultPlan
  brokerUp(): boolean
  crash(why: string): void
  /** Whether the process is to die at just this point. */
  dies(phase: 'before' | 'after'): boolean
  /** Stops the process for a while. */
  pause(): void
  /** The error of a call that fails for good; undefined: it does not. */
  broken(call: LogCall): LogError | undefined
  note(what: string): void
}

const COMMITTING = new Set(['endTransaction', 'addOffsets', 'commitOffsets'])
/** Between the offsets and the end of a transaction a zombie does most harm. */
const PAUSES: Readonly<Partial<Record<LogCall['operation'], number>>> = { produce: 1, endTransaction: 1, addOffsets: 6 }
const FOREVER = new Promise<never>(() => {})

export function network(options: NetworkOptions): LogInterceptor {
  const { time, clock, random, requestTimeoutMs } = options

  const lost = (call: LogCall, what: string): LogError => {
    options.note(`${what} ${shown(call)}`)
    return new LogError('NETWORK', `${what}: ${call.operation}`, { retriable: true })
  }

  const travel = (): Promise<void> => {
    const long = random.chance(options.faults().delay)
    if (long) options.note('delay')
    return time.wait(long ? random.between(0.3, 2.5) * requestTimeoutMs : random.between(0.1, 1.5))
  }

  return {
    async before(call) {
      if (clock.killed) return FOREVER
      const faults = options.faults()
      if (options.dies('before') || random.chance(faults.crash)) {
        options.crash(`before ${shown(call)}`)
        return FOREVER
      }
      await travel()
      if (clock.killed && random.chance(0.5)) return FOREVER
      if (!options.brokerUp()) throw lost(call, 'no broker')
      if (random.chance(faults.lostRequest)) throw lost(call, 'request lost')
      const broken = options.broken(call)
      if (broken !== undefined) {
        options.note(broken.message)
        throw broken
      }
      options.note(shown(call))
    },
    async after(call) {
      const faults = options.faults()
      if (!clock.killed && (options.dies('after') || random.chance(faults.crash))) {
        options.crash(`after ${shown(call)}`)
        return FOREVER
      }
      if (random.chance(faults.pauseAtCall * (PAUSES[call.operation] ?? 0))) options.pause()
      await travel()
      await new Promise<void>((resolve) => clock.whenRunning(resolve))
      const rate = COMMITTING.has(call.operation)
        ? Math.max(faults.lostAnswer, faults.lostCommitAnswer)
        : faults.lostAnswer
      if (!options.brokerUp() || random.chance(rate)) throw lost(call, 'answer lost')
    },
  }
}

function shown({ operation, detail, topic, partition }: LogCall): string {
  return [operation, detail, topic === undefined ? undefined : `${topic}-${partition}`].filter(Boolean).join(' ')
}
