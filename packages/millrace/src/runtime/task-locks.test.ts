import { describe, expect, it } from 'vitest'
import { systemClock } from '../record/clock.ts'
import type { AssignableMember } from './assignment/assignable.ts'
import { shareLags } from './assignment/share-lags.ts'
import { TaskLocks } from './task-locks.ts'

const never = new AbortController().signal

describe('TaskLocks', () => {
  it('gives a task to one thread, and to the next when the first has let go', async () => {
    const locks = new TaskLocks(systemClock())
    const [one, two] = [{}, {}]
    await locks.take('0_0', one, never)
    await locks.take('0_0', one, never)
    expect(locks.tryTake('0_0', two)).toBe(false)
    let taken = false
    const waiting = locks.take('0_0', two, never).then(() => {
      taken = true
    })
    await systemClock().sleep(30)
    expect(taken).toBe(false)
    locks.release('0_0', two)
    locks.release('0_0', one)
    await waiting
    expect(locks.tryTake('0_0', one)).toBe(false)
    locks.keepOnly(new Set(), two)
    expect(locks.tryTake('0_0', one)).toBe(true)
  })

  it('stops waiting with its thread', async () => {
    const locks = new TaskLocks(systemClock())
    await locks.take('0_0', {}, never)
    const stop = new AbortController()
    const waiting = locks.take('0_0', {}, stop.signal)
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'STATE_IN_USE' })
  })
})

describe('shareLags', () => {
  const member = (
    memberId: string,
    processId: string,
    owned: string[],
    lags: [string, number][],
  ): AssignableMember => ({
    memberId,
    processId,
    owned,
    standby: [],
    lags: new Map(lags),
    tags: {},
  })

  it('gives threads with one disk the state of each other, and nobody else', () => {
    const members = [
      member('a1', 'a', ['0_0'], [['0_1', 70]]),
      member(
        'a2',
        'a',
        [],
        [
          ['0_0', 500],
          ['0_1', 900],
        ],
      ),
      member('a3', 'a', [], [['0_1', 900]]),
      member('b1', 'b', [], [['0_0', 5]]),
    ]
    const shared = shareLags(members, new Set(['a1', 'a2', 'b1']))
    expect(shared.map(({ lags }) => Object.fromEntries(lags))).toEqual([
      { '0_0': 0, '0_1': 70 },
      { '0_0': 0, '0_1': 70 },
      { '0_1': 900 },
      { '0_0': 5 },
    ])
  })
})
