import { TopologyTestDriver } from '@millrace/testing'
import {
  type BuildOptions,
  json,
  type KGroupedStream,
  type KStream,
  type KTable,
  type Serde,
  StreamsBuilder,
  session,
  string,
  topic,
  tumbling,
} from 'millrace'
import { describe, expect, it } from 'vitest'
import { resolveSerde } from '../record/deferred-serde.ts'
import { presenceSerde } from '../record/presence-serde.ts'

const input = topic('in', { key: string(), value: string() })

/** Numbers as JSON; counts how many values were decoded. */
class Counted {
  decoded = 0
  readonly serde: Serde<number> = Object.defineProperty(
    {
      name: 'counted',
      encode: (value: number) => Buffer.from(JSON.stringify(value)),
      decode: (bytes: Buffer, start: number, end: number) => {
        this.decoded++
        return JSON.parse(bytes.toString('utf8', start, end)) as number
      },
    },
    'isNull',
    { value: json().isNull },
  )
}

interface Case {
  readonly serde: Serde<number>
  readonly define: (stream: KStream<string, number>, grouped: KGroupedStream<string, number>) => void
  readonly options?: BuildOptions
}

/** Runs two numbers and a NaN, which JSON says as null, through a repartition. @returns the counts */
function counts({ serde, define, options }: Case): unknown[] {
  const builder = new StreamsBuilder()
  const numbers = builder.stream(input).mapValues(Number)
  define(
    numbers,
    numbers.groupBy(() => 'all', { name: 'grouped', key: string(), value: serde }),
  )
  using tested = new TopologyTestDriver(builder.build(options))
  for (const value of ['1', '2', 'not a number']) tested.inputTopic(input).pipe('key', value)
  return tested.outputTopic(topic('out', { key: string(), value: json<unknown>() })).readValues()
}

function written<K>(table: KTable<K, number>): void {
  table
    .toStream()
    .map((n) => ['all', n])
    .to('out', { key: string(), value: json() })
}

const count: Case['define'] = (_, grouped) => written(grouped.count({ store: 'count' }))

describe('values below a repartition', () => {
  it('are not decoded for a count', () => {
    const counted = new Counted()
    expect(counts({ serde: counted.serde, define: count })).toEqual([1, 2])
    expect(counted.decoded).toBe(0)
  })

  it.each<[string, Omit<Case, 'serde'>, readonly number[]]>([
    ['of windows', { define: (_, grouped) => written(grouped.windowedBy(tumbling('1 s')).count()) }, [1, 2, 3]],
    ['of sessions', { define: (_, grouped) => written(grouped.windowedBy(session('1 s')).count()) }, [1, 2, 3]],
    [
      'beside another count of the same grouping',
      {
        define: (stream, grouped) => {
          count(stream, grouped)
          grouped.windowedBy(tumbling('1 s')).count()
        },
      },
      [1, 2],
    ],
  ])('are not decoded for a count %s', (_, of, expected) => {
    const counted = new Counted()
    expect(counts({ ...of, serde: counted.serde })).toEqual(expected)
    expect(counted.decoded).toBe(0)
  })

  it.each([
    ['none'],
    ['all'],
  ] as const)('are not decoded for counts behind one key changer, optimization %s', (optimization) => {
    const counted = new Counted()
    const define: Case['define'] = (stream) => {
      const keyed = stream.selectKey(() => 'all')
      const of = { key: string(), value: counted.serde }
      written(keyed.groupByKey(of).count({ store: 'count' }))
      keyed.groupByKey(of).windowedBy(tumbling('1 s')).count({ store: 'windows' })
      keyed
        .repartition({ name: 'pinned', ...of })
        .groupByKey()
        .count({ store: 'pinned-count' })
    }
    expect(counts({ serde: counted.serde, define, options: { optimization } })).toEqual([1, 2])
    expect(counted.decoded).toBe(0)
  })

  it('are decoded where nothing is below, or something else reads them too', () => {
    const counted = new Counted()
    const define: Case['define'] = (stream, grouped) => {
      count(stream, grouped)
      grouped.reduce((a, b) => a + b, { store: 'sum', value: json() })
      stream.repartition({ name: 'nowhere', key: string(), value: counted.serde })
    }
    expect(counts({ serde: counted.serde, define })).toEqual([1, 2])
    expect(counted.decoded).toBe(6)
  })

  it('are decoded where a wrapper looks at them', () => {
    const counted = new Counted()
    const seen: unknown[] = []
    const options: BuildOptions = {
      processorWrapper: (name, supplier) => {
        if (!name.startsWith('KSTREAM-AGGREGATE-')) return supplier
        return () => {
          const inner = supplier()
          return {
            init: (context) => inner.init?.(context),
            process(record) {
              seen.push((record as { value: unknown }).value)
              inner.process(record)
            },
          }
        }
      },
    }
    expect(counts({ serde: counted.serde, define: count, options })).toEqual([1, 2])
    expect(counted.decoded).toBe(3)
    expect(seen).toEqual([1, 2, null])
  })

  it('are not decoded by a serde that is known only when a task is made', () => {
    const counted = new Counted()
    for (const serde of [undefined, presenceSerde(undefined)]) {
      const { decode } = resolveSerde(presenceSerde(serde), counted.serde)
      const context = { topic: 'in', isKey: false }
      expect(decode(Buffer.from('[1]'), 0, 3, context)).not.toBeNull()
      expect(decode(Buffer.from('[null]'), 1, 5, context)).toBeNull()
    }
    expect(counted.decoded).toBe(0)
  })

  it('are counted the same by a serde that has to decode them', () => {
    const decoding = { ...new Counted().serde }
    expect(decoding.isNull).toBeUndefined()
    expect(counts({ serde: decoding, define: count })).toEqual([1, 2])
  })
})
