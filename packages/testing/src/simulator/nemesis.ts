/**
 * The faults that are not bound to a call: processes killed, paused beyond their session, closed and started; a broker
 * that is away for a while; wall clocks that jump. Each comes at random intervals of its own.
 */

import type { FaultPlan } from './fault-plan.ts'
import type { ProcessClock } from './process-clock.ts'
import type { Random } from './random.ts'
import type { SimProcess } from './sim-process.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface NemesisTargets {
  readonly time: VirtualTime
  readonly sessionTimeoutMs: number
  readonly brokerClock: ProcessClock
  running(): readonly SimProcess[]
  setBroker(up: boolean): void
  active(): boolean
  note(what: string): void
}

export function unleash(plan: FaultPlan, random: Random, targets: NemesisTargets): void {
  const { time } = targets
  const every = (meanMs: number, act: (chance: Random) => void): void => {
    if (meanMs === 0) return
    const chance = random.fork()
    const next = (): void => {
      time.schedule(chance.between(0.2, 1.8) * meanMs, () => {
        if (!targets.active()) return
        act(chance)
        next()
      })
    }
    next()
  }
  const victim = (chance: Random): SimProcess | undefined => {
    const running = targets.running()
    return running.length === 0 ? undefined : chance.pick(running)
  }

  every(plan.crashEveryMs, (chance) => victim(chance)?.kill('at a random moment'))
  every(plan.scaleEveryMs, (chance) => void victim(chance)?.close(5_000))
  every(plan.pauseEveryMs, (chance) => {
    const forMs = chance.between(0.1, 2.5) * targets.sessionTimeoutMs
    victim(chance)?.pause(forMs)
  })
  every(plan.brokerRestartEveryMs, (chance) => {
    targets.note('broker down')
    targets.setBroker(false)
    time.schedule(chance.between(50, 800), () => {
      targets.note('broker up')
      targets.setBroker(true)
    })
  })
  every(plan.clockJumpEveryMs, (chance) => {
    const by = Math.floor(chance.between(-3_000, 3_000))
    const target = chance.chance(0.3) ? undefined : victim(chance)
    targets.note(`clock of ${target?.name ?? 'broker'} jumps by ${by}`)
    const clock = target?.clock ?? targets.brokerClock
    clock.jump(by)
  })
}
