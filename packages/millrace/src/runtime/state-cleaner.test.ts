import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { Clock } from '../record/clock.ts'
import { systemClock } from '../record/clock.ts'
import type { ByteStore } from '../state/byte-store.ts'
import { offHeapStores } from '../state/offheap/off-heap-stores.ts'
import { systemFiles } from '../state/offheap/state-files.ts'
import { StateCleaner } from './state-cleaner.ts'
import { TaskLocks } from './task-locks.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-cleaner-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const MINUTE = 60_000
const place = (stateDir: string) => ({ applicationId: 'app', stateDir })

let folders = 0
let stop = (): void => {}
afterEach(() => stop())

/** A cleaner of ten minutes on real files, with time that passes when told. */
function world() {
  const stateDir = join(root, String(++folders))
  let now = 5_000_000
  const timers = new Set<{ at: number; callback: () => void }>()
  const clock: Clock = {
    ...systemClock(),
    monotonic: () => now,
    setTimer(ms, callback) {
      const timer = { at: now + ms, callback }
      timers.add(timer)
      return { cancel: () => timers.delete(timer) }
    },
  }
  const stores = offHeapStores()
  const locks = new TaskLocks(clock)
  const gone: string[] = []
  const open = (taskId: string): ByteStore => stores.open({ ...place(stateDir), taskId, storeName: 's' })
  locks.onGone((task) => gone.push(task))
  const logged: string[] = []
  const say = (details: object, text: string): void => {
    logged.push(`${(details as { task?: string }).task} ${text}`)
  }
  const cleaner = new StateCleaner({
    ...{ ...place(stateDir), stores, locks, clock, delayMs: 10 * MINUTE },
    logger: { debug() {}, info: say, warn: say, error: say },
  })
  stop = () => cleaner.close()
  return {
    ...{ stateDir, stores, locks, gone, logged, cleaner, timers, open },
    left(taskId: string): void {
      const store = open(taskId)
      store.write([[Buffer.from('k'), Buffer.from('v')]], 1)
      store.close()
    },
    tasks: (): string[] =>
      systemFiles
        .names(join(stateDir, 'app'))
        .filter((name) => name !== 'millrace.lock')
        .sort(),
    pass(minutes: number): void {
      const end = now + minutes * MINUTE
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)
        if (next === undefined) break
        timers.delete(next)
        now = next.at
        next.callback()
      }
      now = end
    },
  }
}

describe('the cleaner of state', () => {
  it('removes what nobody had open for the delay, and says so', () => {
    const { cleaner, pass, tasks, gone, logged, timers, ...given } = world()
    for (const task of ['0_0', '1_12']) given.left(task)
    mkdirSync(join(given.stateDir, 'app', 'notes'))
    cleaner.start()
    pass(9)
    expect(tasks()).toEqual(['0_0', '1_12', 'notes'])
    given.left('0_3')
    pass(2)
    expect(tasks()).toEqual(['0_3', 'notes'])
    expect(gone).toEqual(['0_0', '1_12'])
    expect(logged).toEqual(['0_0', '1_12'].map((task) => `${task} removed the state of a task that nobody has`))
    pass(10)
    expect(tasks()).toEqual(['notes'])
    cleaner.close()
    expect(timers.size).toBe(0)
  })

  it('leaves what is in use, here or by another app or process, and counts from when it was given up', () => {
    const { cleaner, pass, tasks, open, ...given } = world()
    for (const task of ['0_0', '0_1', '0_2', '0_3']) given.left(task)
    const mine = {}
    given.locks.tryTake('0_0', mine)
    const other = open('0_1')
    // What a process on another machine has; and what a dead one had.
    const lock = (task: string, host: string): void =>
      writeFileSync(
        join(given.stateDir, 'app', task, 'millrace.lock'),
        JSON.stringify({ pid: 1, started: '', boot: '', host }),
      )
    lock('0_2', 'elsewhere')
    lock('0_3', hostname())
    cleaner.start()
    pass(100)
    expect(tasks()).toEqual(['0_0', '0_1', '0_2'])
    other.write([[Buffer.from('k'), Buffer.from('still here')]], 2)
    other.close()
    given.locks.release('0_0', mine)
    rmSync(join(given.stateDir, 'app', '0_2', 'millrace.lock'))
    pass(9)
    expect(tasks()).toEqual(['0_0', '0_1', '0_2'])
    pass(2)
    expect(tasks()).toEqual([])
  })

  it('counts anew where a task was here between two looks', () => {
    const { cleaner, pass, tasks, ...given } = world()
    given.left('0_0')
    cleaner.start()
    pass(9.5)
    given.locks.tryTake('0_0', given)
    given.locks.release('0_0', given)
    pass(10)
    expect(tasks()).toEqual(['0_0'])
    pass(1)
    expect(tasks()).toEqual([])
  })

  it('tells threads of state that went without it: another app has it now', () => {
    const { cleaner, pass, gone, open, ...given } = world()
    given.left('0_0')
    cleaner.start()
    const other = open('0_0')
    pass(1)
    expect(gone).toEqual(['0_0'])
    other.close()
  })

  it('tries again where a removal fails', () => {
    const { cleaner, pass, tasks, logged, ...given } = world()
    given.left('0_0')
    const { destroy } = given.stores
    let failures = 1
    given.stores.destroy = (task) => {
      if (failures-- > 0) throw new Error('busy')
      destroy?.(task)
    }
    cleaner.start()
    pass(19)
    expect(tasks()).toEqual(['0_0'])
    expect(logged).toEqual(['0_0 could not remove the state of a task that nobody has'])
    pass(1)
    expect(tasks()).toEqual([])
  })
})
