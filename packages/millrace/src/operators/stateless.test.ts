import { TopologyTestDriver } from '@millrace/testing'
import { type BuildOptions, Headers, json, type KStream, StreamsBuilder, string, topic } from 'millrace'
import { describe, expect, it } from 'vitest'

const input = topic('in', { key: string(), value: string() })
const output = topic('out', { key: string(), value: json<unknown>() })

type Input = readonly [key: string | null, value: string | null]

function driver(define: (stream: KStream<string, string>) => void, options?: BuildOptions): TopologyTestDriver {
  const builder = new StreamsBuilder()
  define(builder.stream(input))
  return new TopologyTestDriver(builder.build(options))
}

/** Pipes records at times 0, 1, 2 … and gives what reached `out`. */
function run<K, V>(records: readonly Input[], define: (stream: KStream<string, string>) => KStream<K, V>) {
  using tested = driver((stream) => define(stream).to('out', { value: json<V>() }))
  records.forEach(([key, value], timestamp) => {
    tested.inputTopic(input).pipe(key, value, { timestamp })
  })
  return tested
    .outputTopic(output)
    .readRecords()
    .map(({ key, value, timestamp }) => [key, value, timestamp])
}

describe('stateless operators', () => {
  it('filter and filterNot see nulls and keep the record', () => {
    const records: Input[] = [
      ['a', 'x'],
      [null, 'y'],
      ['b', null],
    ]
    expect(run(records, (s) => s.filter((value, key) => key !== null && value !== null))).toEqual([['a', 'x', 0]])
    expect(run(records, (s) => s.filterNot((value) => value === 'x'))).toEqual([
      [null, 'y', 1],
      ['b', null, 2],
    ])
  })

  it('mapValues takes undefined for null', () => {
    expect(
      run(
        [
          ['a', 'x'],
          ['b', null],
        ],
        (s) => s.mapValues((value) => (value === null ? 'none' : undefined)),
      ),
    ).toEqual([
      ['a', null, 0],
      ['b', 'none', 1],
    ])
  })

  it('map changes key and value, and fails with the remedy without a pair', () => {
    expect(run([['a', 'x']], (s) => s.map((value, key) => [value, key]))).toEqual([['x', 'a', 0]])
    expect(run([['a', 'x']], (s) => s.map(() => [undefined, undefined]))).toEqual([[null, null, 0]])
    expect(() => run([['a', 'x']], (s) => s.map(() => null as never))).toThrow(/return \[key, value\], not null/)
  })

  it('flatMap and flatMapValues forward in the order of the iterable', () => {
    expect(
      run([['a', 'x']], (s) =>
        s.flatMap((value, key) => [
          [value, 1],
          [key, 2],
        ]),
      ),
    ).toEqual([
      ['x', 1, 0],
      ['a', 2, 0],
    ])
    expect(
      run(
        [
          ['a', 'x y'],
          ['b', ''],
        ],
        (s) => s.flatMapValues((value) => value.split(' ')),
      ),
    ).toEqual([
      ['a', 'x', 0],
      ['a', 'y', 0],
      ['b', '', 1],
    ])
  })

  it('selectKey does not repartition by itself', () => {
    using tested = driver((stream) => stream.selectKey((value) => value).to('out'))
    tested.inputTopic(input).pipe('a', 'x')
    expect(tested.producedTopics()).toEqual(['out'])
  })

  it('repartition drops null keys, unless a join below accepts them', () => {
    expect(
      run(
        [
          [null, 'x'],
          ['a', 'y'],
        ],
        (s) => s.repartition({ name: 'r' }),
      ),
    ).toEqual([['a', 'y', 1]])
    const joined = run(
      [
        [null, 'x'],
        ['a', 'y'],
      ],
      (s) => s.repartition({ name: 'r' }).leftJoin(s.toTable(), (value) => value),
    )
    expect(joined).toEqual([
      [null, 'x', 0],
      ['a', 'y', 1],
    ])
  })

  it('merge passes on both streams, and counts a stream merged with itself once', () => {
    expect(run([['a', 'x']], (s) => s.mapValues((v) => `1${v}`).merge(s.mapValues((v) => `2${v}`)))).toEqual([
      ['a', '1x', 0],
      ['a', '2x', 0],
    ])
    expect(run([['a', 'x']], (s) => s.merge(s))).toEqual([['a', 'x', 0]])
  })

  it('split gives each record to the first branch that accepts it', () => {
    using tested = driver((stream) => {
      const { even, rest } = stream
        .split({ name: 's-' })
        .branch((value) => value.length % 2 === 0, { name: 'even' })
        .branch((value) => value === '', { name: 'empty' })
        .defaultBranch({ name: 'rest' })
      even.to('even')
      rest.to('rest')
    })
    for (const value of ['ab', 'c', '']) tested.inputTopic(input).pipe('k', value)
    const values = (name: string) => tested.outputTopic(topic(name, { value: string() })).readValues()
    expect([values('even'), values('rest')]).toEqual([['ab', ''], ['c']])
  })

  it('counts what no branch takes', () => {
    using tested = driver(
      (stream) =>
        void stream
          .split({ name: 's' })
          .branch(() => false)
          .noDefaultBranch(),
    )
    tested.inputTopic(input).pipe('a', 'x')
    expect(tested.droppedRecords()).toEqual(new Map([['s:no-branch', 1]]))
  })

  it('to chooses topics and partitions', () => {
    using tested = driver((stream) => {
      stream.to((value, key) => `${key}-${value}`)
      stream.to('dropped', { partitioner: () => [] })
    })
    tested.inputTopic(input).pipe('a', 'x')
    expect(tested.producedTopics()).toEqual(['a-x'])
  })
})

describe('headers', () => {
  const tag = (name: string) => () => {
    let forward: (record: never) => void
    return {
      init: (context: { forward(record: never): void }) => {
        forward = (record) => context.forward(record)
      },
      process: (record: { readonly headers: Headers }) => {
        record.headers.add(name, Buffer.from('1'))
        forward(record as never)
      },
    }
  }
  const names = (define: (stream: KStream<string, string>) => void): string[][] => {
    using tested = driver(define)
    tested.inputTopic(input).pipe('a', 'x', { headers: new Headers([{ key: 'h', value: null }]) })
    const read = tested.outputTopic(topic('out', { value: string() })).readRecords()
    return read.map(({ headers }) => [...headers].map(({ key }) => key))
  }

  it('added in process are seen by later siblings', () => {
    const seen = names((stream) => {
      stream.process<string, string>(tag('p') as never).to('out')
      stream.to('out')
    })
    expect(seen).toEqual([
      ['h', 'p'],
      ['h', 'p'],
    ])
  })

  it('added in processValues or below another step are not', () => {
    const seen = names((stream) => {
      stream.processValues<string>(tag('p') as never).to('out')
      stream
        .filter(() => true)
        .process<string, string>(tag('q') as never)
        .to('out')
      stream.to('out')
    })
    expect(seen).toEqual([['h', 'p'], ['h', 'q'], ['h']])
  })
})

describe('process', () => {
  it('refuses a supplier that gives one object twice', () => {
    const shared = { process: () => {} }
    expect(() => driver((stream) => void stream.process(() => shared, { name: 'p' }))).toThrow(
      /p: the supplier must make a new processor at every call/,
    )
  })

  it('keeps the key in processValues', () => {
    using tested = driver((stream) => {
      stream.processValues(() => {
        let forward: (record: never) => void
        return {
          init: (context) => {
            forward = context.forward as never
          },
          process: (record) => forward(record.withKey('other') as never),
        }
      })
    })
    expect(() => tested.inputTopic(input).pipe('a', 'x')).toThrow(/forwarded a record with another key/)
  })

  it('is wrapped, as the DSL own processors are', () => {
    const wrapped: string[] = []
    using tested = driver((stream) => stream.filter(() => true, { name: 'f' }).to('out'), {
      processorWrapper: (name, supplier) => {
        wrapped.push(name)
        return supplier
      },
    })
    tested.inputTopic(input).pipe('a', 'x')
    expect([wrapped, tested.producedTopics()]).toEqual([['f'], ['out']])
  })
})
