import { describe, expect, it } from 'vitest'
import type { FetchedBatch } from '../log/fetcher.ts'
import { systemClock } from '../record/clock.ts'
import { columnBatchFrom } from '../record/column-batch-from.ts'
import type { Serde } from '../record/serde.ts'
import { json } from '../record/serdes/json.ts'
import { string } from '../record/serdes/string.ts'
import { RecordQueue } from './record-queue.ts'
import { SourceRunner } from './source-runner.ts'

function queueOf(valueSerde: Serde<unknown>): RecordQueue {
  return new RecordQueue({
    topic: 'in',
    partition: 0,
    task: '0_0',
    spec: { name: 'source' } as never,
    source: new SourceRunner('source'),
    keySerde: string() as Serde<unknown>,
    valueSerde,
    clock: systemClock(),
    onDeserializationError: () => 'continue',
    deadLetters: undefined,
    dropped: () => {},
  })
}

/** A fetched batch that tells when it is released. */
function fetched(released: string[], name: string, from: number, values: readonly string[]): FetchedBatch {
  const batch = columnBatchFrom(
    values.map((value, row) => ({
      offset: from + row,
      timestamp: 1,
      key: Buffer.from('k'),
      value: Buffer.from(value),
    })),
  )
  const next = from + values.length
  return {
    ...{ topic: 'in', partition: 0, batch, nextOffset: next, endOffset: 9, lastStableOffset: 9 },
    release: () => released.push(name),
  }
}

describe('record queue', () => {
  it('releases a batch when the record after its last one is taken, not while that one is in process', () => {
    const released: string[] = []
    const queue = queueOf(json() as Serde<unknown>)
    queue.add(fetched(released, 'a', 0, ['1', '2']))
    queue.add(fetched(released, 'b', 2, ['3']))
    expect(queue.poll()?.value).toBe(1)
    expect(queue.poll()?.value).toBe(2)
    expect(released).toEqual([])
    expect(queue.poll()?.value).toBe(3)
    expect(released).toEqual(['a'])
    queue.add(fetched(released, 'c', 3, ['4']))
    expect(released).toEqual(['a'])
    expect(queue.poll()?.value).toBe(4)
    expect(released).toEqual(['a', 'b'])
  })

  it('does not release the batch of the record being taken when one of nothing but undecodable records follows', () => {
    const released: string[] = []
    const queue = queueOf(json() as Serde<unknown>)
    queue.add(fetched(released, 'a', 0, ['1']))
    queue.add(fetched(released, 'bad', 1, ['{', '{']))
    queue.add(fetched(released, 'c', 3, ['4']))
    expect(queue.poll()?.value).toBe(1)
    expect(released).toEqual(['bad'])
    expect(queue.poll()?.value).toBe(4)
    expect(released).toEqual(['bad', 'a'])
  })

  it('never releases where a serde may give views of the bytes', () => {
    const released: string[] = []
    const views: Serde<unknown> = {
      name: 'views',
      encode: () => new Uint8Array(),
      decode: (b, s, e) => b.subarray(s, e),
    }
    const queue = queueOf(views)
    for (let offset = 0; offset < 3; offset++) queue.add(fetched(released, String(offset), offset, ['1']))
    for (let offset = 0; offset < 3; offset++) queue.poll()
    expect(released).toEqual([])
  })
})
