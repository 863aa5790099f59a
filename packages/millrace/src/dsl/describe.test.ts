import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { joinWindows, json, type KStream, long, StreamsBuilder, string, topic, untilTimeLimit } from '../index.ts'
import type { BuildOptions } from '../plan/build.ts'

/** What Kafka Streams' `Topology.describe()` prints for a conformance case. */
function expected(name: string): string {
  const file = new URL(`../../../../test/conformance/cases/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).expect.describe
}

const text = (name: string) => topic(name, { key: string(), value: string() })
const serdes = { key: string(), value: string() }

function described(build: (builder: StreamsBuilder) => void, options?: BuildOptions): string {
  const builder = new StreamsBuilder()
  build(builder)
  return builder.build(options).describe()
}

describe('describe() prints what Kafka Streams prints', () => {
  it('for named operators and a repartition', () => {
    const pipeline = (builder: StreamsBuilder): void =>
      builder
        .stream(text('in'), { name: 'read' })
        .filter(() => true, { name: 'keep' })
        .mapValues((value) => value.toUpperCase())
        .groupBy((value) => value, { name: 'grp', ...serdes })
        .count({ store: 'counts', name: 'cnt' })
        .toStream({ name: 'changes' })
        .to(topic('out', { key: string(), value: long() }), { name: 'write' })
    expect(described(pipeline)).toBe(expected('names-everywhere'))
  })

  it('for a count with generated names', () => {
    const pipeline = (builder: StreamsBuilder): void =>
      builder
        .stream(text('in'))
        .groupByKey(serdes)
        .count({ store: 'counts' })
        .toStream()
        .to(topic('out', { key: string(), value: long() }))
    expect(described(pipeline)).toBe(expected('count-by-key'))
  })

  it('for a global table, which takes a sub-topology number', () => {
    const pipeline = (builder: StreamsBuilder): void => {
      const stream = builder.stream(text('in'))
      const table = builder.globalTable(text('table'), { store: 'gt' })
      stream.join(table, { key: (value) => value, join: (left, right) => left + right }).to('out')
    }
    expect(described(pipeline)).toBe(expected('global-table-join'))
  })

  it('for a topic extractor, by its name', () => {
    const byKey = (_value: string, key: string): string => `out-${key}`
    expect(described((builder) => builder.stream(text('in')).to(byKey))).toBe(expected('to-dynamic-topic'))
  })

  it('for a foreign-key join and its four topics', () => {
    const pipeline = (builder: StreamsBuilder): void => {
      const left = builder.table(text('left'), { store: 'lt' })
      const right = builder.table(text('right'), { store: 'rt' })
      left
        .join(right, { foreignKey: (value) => value, join: (a, b) => a + b, ...serdes })
        .toStream()
        .to('out')
    }
    expect(described(pipeline)).toBe(expected('fk-join'))
  })

  it('for a table whose source topic is its changelog', () => {
    const pipeline = (builder: StreamsBuilder): void =>
      builder.table(text('table'), { store: 'tt' }).toStream().to('out')
    expect(described(pipeline, { optimization: 'all' })).toBe(expected('optimization-reuses-source-topic'))
  })
})

describe('optimization', () => {
  const joinsItself = (builder: StreamsBuilder): void => {
    const stream = builder.stream(topic('in', { key: string(), value: json<number>() }))
    stream.join(stream, { join: (a, b) => a + b, windows: joinWindows({ within: 10 }) }).to('out')
  }

  it('merges the repartitions below one key change, and keeps the first name', () => {
    const pipeline = (builder: StreamsBuilder): void => {
      const keyed: KStream<string, string> = builder.stream(text('in')).selectKey((value) => value)
      keyed.groupByKey(serdes).count({ store: 'a' }).toStream().to('out-a')
      keyed.groupByKey(serdes).count({ store: 'b' }).toStream().to('out-b')
    }
    expect(described(pipeline).match(/Sink: .*repartition\)/g)).toHaveLength(2)
    const optimized = described(pipeline, { optimization: ['merge.repartition.topics'] })
    expect(optimized.match(/Sink: .*repartition\)/g)).toEqual(['Sink: a-repartition-sink (topic: a-repartition)'])
    expect(optimized).toMatch(/Source: a-repartition-source .*\n +--> KSTREAM-AGGREGATE-0000000002, KSTREAM-AGGREGATE/)
  })

  it('joins a stream with itself over one store', () => {
    expect(described(joinsItself).match(/stores: \[KSTREAM-[A-Z]+-\d+-store/g)).toHaveLength(4)
    const optimized = described(joinsItself, { optimization: 'single.store.self.join' })
    expect(new Set(optimized.match(/stores: \[KSTREAM-[A-Z]+-\d+-store/g)).size).toBe(1)
    expect(optimized).not.toContain('JOINOTHER')
  })

  it('refuses names it does not know', () => {
    expect(() => described(joinsItself, { optimization: 'fast' as never })).toThrow(/fast is unknown; use none, all/)
  })
})

describe('build()', () => {
  it('names in explicit-naming mode what has a generated name', () => {
    const pipeline = (builder: StreamsBuilder): void => {
      const stream = builder.stream(text('in')).selectKey((value) => value)
      stream.groupByKey().count().toStream().to('out')
    }
    expect(() => described(pipeline, { explicitNaming: true })).toThrow(
      /3 mistakes:\n- The state store KSTREAM-AGGREGATE-.*\n- The changelog topic .*\n- The repartition topic /,
    )
    const named = (builder: StreamsBuilder): void => {
      const stream = builder.stream(text('in')).selectKey((value) => value)
      stream.groupByKey({ name: 'by-value' }).count({ store: 'counts' }).toStream().to('out')
    }
    expect(described(named, { explicitNaming: true })).toContain('by-value-repartition')
  })

  it('gives the same topology again, but refuses other options', () => {
    const builder = new StreamsBuilder()
    builder.stream('in').to('out')
    expect(builder.build()).toBe(builder.build())
    expect(() => builder.build({ optimization: 'all' })).toThrow(/already called with other options/)
  })

  it('refuses to suppress a table that inherits versions', () => {
    const pipeline = (builder: StreamsBuilder): void => {
      const table = builder.table(text('t'), { store: 'v', versioned: '1 hour' }).filter(() => true)
      table.suppress(untilTimeLimit(10), { name: 'held' })
    }
    expect(() => described(pipeline)).toThrow(/held does not work on a versioned table/)
  })

  it('merges equal subscriptions into one source', () => {
    const pipeline = (builder: StreamsBuilder): void => {
      builder.stream(text('in')).to('a')
      builder.stream(text('in')).to('b')
      builder.stream(/x-\d/).to('c')
      builder.stream(/x-\d/).to('d')
    }
    expect(described(pipeline).match(/Source: .*\n.*/g)).toEqual([
      'Source: KSTREAM-SOURCE-0000000000 (topics: [in])\n      --> KSTREAM-SINK-0000000001, KSTREAM-SINK-0000000003',
      'Source: KSTREAM-SOURCE-0000000004 (topics: x-\\d)\n      --> KSTREAM-SINK-0000000005, KSTREAM-SINK-0000000007',
    ])
  })

  it('holds patterns for whole topic names', () => {
    const builder = new StreamsBuilder()
    builder.stream(/in-\d|out/g).to('copy')
    const [source] = builder.build().nodes.values()
    const pattern = source.type === 'source' ? (source.spec.topics as RegExp) : /never/
    expect(['in-1', 'in-1', 'my-in-1', 'in-12', 'out'].map((topic) => pattern.test(topic))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ])
    expect(builder.build().describe()).toContain('(topics: in-\\d|out)')
  })

  it('finds a topic read twice, by name and by pattern', () => {
    const pipeline = (builder: StreamsBuilder): void => {
      builder.stream(/in-\d/).to('a')
      builder.stream('in-1').to('b')
      builder.table('t')
      builder.stream('t').to('c')
    }
    expect(() => described(pipeline)).toThrow(
      /2 mistakes:\n- Topic in-1 .* matches the pattern in-\\d of another.\n- Topic t is read by two sources/,
    )
  })
})
