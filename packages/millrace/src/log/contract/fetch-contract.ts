/**
 * What `Fetcher` must do: positions, ends, waiting and waking, pause, and the refusal of offsets that do not exist.
 */

import { type ContractPart, recordsOf, refusal } from './scenario.ts'

export function fetchContract({ test, expect }: ContractPart): void {
  test('starts in the middle of a batch and moves when assigned again', async (scenario) => {
    const at = await scenario.topic()
    await scenario.write(at, 'a', 'b', 'c')
    const fetcher = scenario.fetcher(at, 1)
    expect(fetcher.position(at)).toBe(1)
    expect((await scenario.readUntil(fetcher, at, 3)).map(({ value }) => value)).toEqual(['b', 'c'])
    expect(fetcher.endOffset(at)).toBe(3)
    fetcher.assign(at, 2)
    expect(fetcher.position(at)).toBe(2)
    expect((await scenario.readUntil(fetcher, at, 3)).map(({ value }) => value)).toEqual(['c'])
    fetcher.unassign(at)
    expect(fetcher.position(at)).toBe(undefined)
    expect(await fetcher.poll(0)).toEqual([])
  })

  test('gives position, end and last stable offset with a batch', async (scenario) => {
    const at = await scenario.topic()
    await scenario.write(at, 'a', 'b')
    const fetched = await scenario.nextFetched(scenario.fetcher(at))
    expect(fetched).toMatchObject({ ...at, nextOffset: 2, endOffset: 2, lastStableOffset: 2 })
  })

  test('waits for what is appended later, on several partitions', async (scenario) => {
    const first = await scenario.topic(2)
    const second = { ...first, partition: 1 }
    const fetcher = scenario.fetcher(first)
    fetcher.assign(second, 0)
    expect(await fetcher.poll(50)).toEqual([])
    const producer = await scenario.producer()
    const waiting = scenario.nextFetched(fetcher)
    await producer.send({ ...second, records: recordsOf(['late']) })
    expect(await waiting).toMatchObject({ ...second, nextOffset: 1 })
    await producer.send({ ...first, records: recordsOf(['later']) })
    expect(await scenario.nextFetched(fetcher)).toMatchObject({ ...first, nextOffset: 1 })
  })

  test('returns early when woken or aborted', async (scenario) => {
    const at = await scenario.topic()
    const fetcher = scenario.fetcher(at)
    const { clock } = scenario.log
    const start = clock.monotonic()
    const waiting = fetcher.poll(30_000)
    clock.setTimer(20, () => fetcher.wakeUp())
    expect(await waiting).toEqual([])
    const abort = new AbortController()
    clock.setTimer(20, () => abort.abort())
    expect(await fetcher.poll(30_000, abort.signal)).toEqual([])
    expect(clock.monotonic() - start < 15_000).toBe(true)
  })

  test('gives nothing of a paused partition, and all of it when resumed', async (scenario) => {
    const at = await scenario.topic()
    const fetcher = scenario.fetcher(at)
    fetcher.pause(at)
    await scenario.write(at, 'a')
    expect(await fetcher.poll(300)).toEqual([])
    fetcher.resume(at)
    expect((await scenario.readUntil(fetcher, at, 1)).map(({ value }) => value)).toEqual(['a'])
  })

  test('refuses positions before and behind the log, and goes on where assigned', async (scenario) => {
    const at = await scenario.topic()
    await scenario.write(at, 'a', 'b', 'c')
    const fetcher = scenario.fetcher(at, 99)
    const seen = await refusal(() => scenario.until('a refusal', async () => (await fetcher.poll(200)).length > 0))
    expect(seen).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', coordinates: at })
    fetcher.assign(at, 2)
    expect((await scenario.readUntil(fetcher, at, 3)).map(({ value }) => value)).toEqual(['c'])
  })

  test('refuses a topic that does not exist', async (scenario) => {
    const at = { topic: `contract-missing-${scenario.log.clock.uuid()}`, partition: 0 }
    const fetcher = scenario.fetcher(at)
    const seen = await refusal(() => scenario.until('a refusal', async () => (await fetcher.poll(200)).length > 0))
    expect(seen).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })
}
