import { describe, expect, it } from 'vitest'
import { LogError } from '../../record/errors.ts'
import { LogScenario, recordsOf } from '../contract/scenario.ts'
import { memoryLog } from './memory-log.ts'
import type { LogCall, LogInterceptor } from './port-call.ts'
import { ProducerSequences } from './producer-sequences.ts'

const lost = (): LogError => new LogError('NETWORK', 'lost', { retriable: true })

/** Fails the first `times` calls of an operation, before or after they ran. */
function failing(operation: LogCall['operation'], when: 'before' | 'after', times = 1): LogInterceptor {
  let left = times
  return {
    [when](call: LogCall) {
      if (call.operation === operation && left-- > 0) throw lost()
    },
  }
}

async function valuesAfter(interceptor: LogInterceptor): Promise<(string | null)[]> {
  const scenario = new LogScenario(memoryLog({ interceptor, requestTimeoutMs: 100 }))
  const at = await scenario.topic()
  const producer = await scenario.producer()
  const sends = ['a', 'b', 'c'].map((value) => producer.send({ ...at, records: recordsOf([value]) }))
  expect((await Promise.all(sends)).map(({ baseOffset }) => baseOffset)).toEqual([0, 1, 2])
  const rows = await scenario.readUntil(scenario.fetcher(at), at, 3)
  await scenario.close()
  return rows.map(({ value }) => value)
}

describe('faults', () => {
  it('writes a batch once and in order, whether the call or its answer was lost', async () => {
    expect(await valuesAfter(failing('produce', 'before', 2))).toEqual(['a', 'b', 'c'])
    expect(await valuesAfter(failing('produce', 'after', 2))).toEqual(['a', 'b', 'c'])
  })

  it('asks again where a call never settles', async () => {
    let first = true
    const stuck = valuesAfter({
      after({ operation }) {
        if (operation !== 'produce' || !first) return
        first = false
        return new Promise(() => {})
      },
    })
    expect(await stuck).toEqual(['a', 'b', 'c'])
  })

  it('reads everything once where fetch answers are lost', async () => {
    expect(await valuesAfter(failing('fetch', 'after', 2))).toEqual(['a', 'b', 'c'])
  })

  it('loses nothing where a fetch is let through after its caller gave up', async () => {
    let first = true
    const late: LogInterceptor = {
      before({ operation }) {
        if (operation !== 'fetch' || !first) return
        first = false
        return new Promise((resolve) => setTimeout(resolve, 105))
      },
    }
    expect(await valuesAfter(late)).toEqual(['a', 'b', 'c'])
  })

  it('loses nothing of a partition that gets ready while a fetch whose answer is lost is on its way', async () => {
    let sent: () => void = () => {}
    const onItsWay = new Promise<void>((resolve) => {
      sent = resolve
    })
    let arrive: () => void = () => {}
    let first = true
    const interceptor: LogInterceptor = {
      before({ operation }) {
        if (operation !== 'fetch' || !first) return
        sent()
        return new Promise((resolve) => {
          arrive = resolve
        })
      },
      after({ operation }) {
        if (operation !== 'fetch' || !first) return
        first = false
        throw lost()
      },
    }
    const scenario = new LogScenario(memoryLog({ interceptor }))
    const early = await scenario.topic()
    const late = await scenario.topic()
    const fetcher = scenario.fetcher(early)
    await scenario.write(early, 'early')
    const polling = fetcher.poll(1_000)
    await onItsWay
    await scenario.write(late, 'late')
    fetcher.assign(late, 0)
    arrive()
    const seen = new Set<string>()
    for (let batches = await polling; seen.size < 2; batches = await fetcher.poll(300)) {
      expect(batches.length).toBeGreaterThan(0)
      for (const { topic } of batches) seen.add(topic)
    }
    expect([...seen].sort()).toEqual([early.topic, late.topic].sort())
    await scenario.close()
  })

  it('does not let a member that left join again by a call that was on its way', async () => {
    let release: () => void = () => {}
    let held = false
    const interceptor: LogInterceptor = {
      before({ operation }) {
        if (operation !== 'join' || held) return
        held = true
        return new Promise((resolve) => {
          release = resolve
        })
      },
    }
    const scenario = new LogScenario(memoryLog({ interceptor }))
    const leaving = scenario.member()
    leaving.join()
    await scenario.until('the join is on its way', async () => {
      await scenario.log.clock.sleep(5)
      return held
    })
    await leaving.close({ leave: true })
    release()
    await scenario.log.clock.sleep(20)
    const next = scenario.member()
    next.join()
    await scenario.event(next, 'assigned')
    expect(next.metadata()?.generation).toBe(1)
    await scenario.close()
  })

  it('does not let a call of an ended transaction land in the next one', async () => {
    let release: () => void = () => {}
    let held = false
    const interceptor: LogInterceptor = {
      before({ operation }) {
        if (operation !== 'addOffsets' || held) return
        held = true
        return new Promise((resolve) => {
          release = resolve
        })
      },
    }
    const scenario = new LogScenario(memoryLog({ interceptor, requestTimeoutMs: 50 }))
    const at = await scenario.topic()
    const member = scenario.member()
    member.join()
    const group = await scenario.metadataOf(member)
    const producer = await scenario.producer({ transactionalId: 'late' })
    producer.begin()
    await producer.sendOffsets(group, [{ ...at, offset: 1, metadata: '' }])
    await producer.commit()
    release()
    await scenario.log.clock.sleep(20)
    const late = scenario.log.clock.sleep(500).then(() => 'still undecided')
    expect(await Promise.race([member.committed([at], { requireStable: true }), late])).toMatchObject([{ offset: 1 }])
    await scenario.close()
  })

  it('gives up after the delivery time-out, and wants init() then', async () => {
    const interceptor = failing('produce', 'before', 1000)
    const scenario = new LogScenario(memoryLog({ interceptor }))
    const at = await scenario.topic()
    const producer = await scenario.producer({ deliveryTimeoutMs: 120 })
    const send = (): Promise<unknown> => producer.send({ ...at, records: recordsOf(['a']) })
    await expect(send()).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT', coordinates: at })
    await expect(send()).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' })
    await producer.init()
    await expect(send()).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' })
    await scenario.close()
  })

  it('says that the end of a transaction is unknown, and starts over with init()', async () => {
    const scenario = new LogScenario(memoryLog({ interceptor: failing('endTransaction', 'after') }))
    const at = await scenario.topic()
    const producer = await scenario.producer({ transactionalId: 'x' })
    producer.begin()
    await producer.send({ ...at, records: recordsOf(['happened']) })
    await expect(producer.commit()).rejects.toMatchObject({ code: 'TRANSACTION_STATE_UNKNOWN' })
    expect(() => producer.begin()).toThrow(/init\(\)/)
    await producer.init()
    producer.begin()
    await producer.send({ ...at, records: recordsOf(['again']) })
    await producer.commit()
    const rows = await scenario.readUntil(scenario.fetcher(at), at, 4)
    expect(rows.map(({ value }) => value)).toEqual(['happened', 'again'])
    await scenario.close()
  })

  it('expires a member whose heartbeats do not arrive, which then loses and rejoins', async () => {
    let cut = ''
    const interceptor: LogInterceptor = {
      before({ operation, memberId }) {
        if (operation === 'heartbeat' && memberId === cut) throw lost()
      },
    }
    const scenario = new LogScenario(memoryLog({ interceptor }))
    const member = scenario.member({ sessionTimeoutMs: 300, heartbeatIntervalMs: 50 })
    member.join()
    const first = await scenario.metadataOf(member)
    cut = first.memberId
    await scenario.log.clock.sleep(500)
    cut = ''
    await scenario.event(member, 'lost')
    const second = await scenario.metadataOf(member)
    expect(second.memberId === first.memberId).toBe(false)
    await scenario.close()
  })

  it('goes on without a member that does not rejoin within the rebalance time-out', async () => {
    let cut = ''
    const interceptor: LogInterceptor = {
      before: ({ operation, memberId }) =>
        operation === 'join' && memberId === cut ? new Promise(() => {}) : undefined,
    }
    const scenario = new LogScenario(memoryLog({ interceptor, requestTimeoutMs: 200 }))
    const options = { rebalanceTimeoutMs: 300, heartbeatIntervalMs: 50 }
    const stuck = scenario.member(options)
    stuck.join()
    cut = (await scenario.metadataOf(stuck)).memberId
    const fresh = scenario.member(options)
    fresh.join()
    expect((await scenario.event(fresh, 'assigned')).generation).toBe(2)
    cut = ''
    await scenario.event(stuck, 'lost')
    await scenario.close()
  })

  it('refuses commits of an old generation and while the leader assigns', async () => {
    const scenario = new LogScenario(memoryLog())
    const at = await scenario.topic()
    const offsets = [{ ...at, offset: 1, metadata: '' }]
    let release: () => void = () => {}
    const assigning = new Promise<void>((resolve) => {
      release = resolve
    })
    let hold = false
    const leader = scenario.member({
      assign: async (members) => {
        if (hold) await assigning
        return new Map(members.map(({ memberId }) => [memberId, Buffer.from('x')]))
      },
    })
    leader.join()
    await scenario.event(leader, 'assigned')
    hold = true
    const other = scenario.member()
    other.join()
    await scenario.until('generation 2', async () => {
      await scenario.log.clock.sleep(5)
      return leader.metadata()?.generation === 2
    })
    await expect(leader.commit(offsets)).rejects.toMatchObject({ code: 'REBALANCE_IN_PROGRESS', retriable: true })
    release()
    await scenario.event(other, 'assigned')
    await leader.commit(offsets)
    expect(await leader.committed([at])).toMatchObject([{ offset: 1 }])
    await scenario.close()
  })
})

describe('ProducerSequences', () => {
  const at = { topic: 't', partition: 0 }

  it('recognises duplicates, refuses gaps and old epochs, and wraps', () => {
    const sequences = new ProducerSequences()
    const ask = (epoch: number, first: number, count = 1): unknown => sequences.duplicateOf(1, epoch, first, count, at)
    expect(() => ask(0, 3)).toThrow(/sequence 3 .* where 0 was due/)
    sequences.appended(1, 0, 0, 2 ** 31 - 1, 100)
    expect(ask(0, 0, 2 ** 31 - 1)).toBe(100)
    sequences.appended(1, 0, 2 ** 31 - 1, 1, 200)
    expect(ask(0, 0)).toBe(undefined)
    expect(() => ask(0, 5)).toThrow(LogError)
    expect(ask(1, 0)).toBe(undefined)
    sequences.fence(1, 2)
    expect(() => ask(1, 0)).toThrow(/newer producer/)
  })
})
