import { TopologyTestDriver } from '@millrace/testing'
import {
  type BuildOptions,
  json,
  type KGroupedStream,
  type KStream,
  type Serde,
  StreamsBuilder,
  string,
  topic,
} from 'millrace'
import { describe, expect, it } from 'vitest'

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

const count: Case['define'] = (_, grouped) =>
  grouped
    .count({ store: 'count' })
    .toStream()
    .mapValues((n) => n)
    .to('out', { value: json() })

describe('values below a repartition', () => {
  it('are not decoded for a count', () => {
    const counted = new Counted()
    expect(counts({ serde: counted.serde, define: count })).toEqual([1, 2])
    expect(counted.decoded).toBe(0)
  })

  it('are decoded where something else reads them too', () => {
    const counted = new Counted()
    const define: Case['define'] = (stream, grouped) => {
      count(stream, grouped)
      grouped.reduce((a, b) => a + b, { store: 'sum', value: json() })
    }
    expect(counts({ serde: counted.serde, define })).toEqual([1, 2])
    expect(counted.decoded).toBe(3)
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

  it('are counted the same by a serde that has to decode them', () => {
    const decoding = { ...new Counted().serde }
    expect(decoding.isNull).toBeUndefined()
    expect(counts({ serde: decoding, define: count })).toEqual([1, 2])
  })
})
