import { type KTable, StreamsBuilder, TopologyError } from 'millrace'
import { describe, expect, it } from 'vitest'
import { left, output, plus, right, TwoInputs } from './fixtures/two-inputs.ts'

describe('filter of a table', () => {
  const isX = (value: string): boolean => value === 'x'

  it('deletes at every rejected update where no store is upstream', () => {
    using tested = new TwoInputs((builder) => builder.table(left).filter(isX).toStream().to(output))
    const seen = tested.feed(['left', 'a', 'y', 1], ['left', 'a', 'x', 2], ['left', 'a', 'y', 3], ['left', 'a', 'y', 4])
    expect(seen.map(([, value]) => value)).toEqual([null, 'x', null, null])
  })

  it('deletes only what was accepted where a store is upstream', () => {
    using tested = new TwoInputs((builder) => builder.table(left, { store: 'kept' }).filter(isX).toStream().to(output))
    const seen = tested.feed(['left', 'a', 'y', 1], ['left', 'a', 'x', 2], ['left', 'a', 'y', 3], ['left', 'a', 'y', 4])
    expect(seen.map(([, value]) => value)).toEqual(['x', null])
  })

  it('keeps what it accepts in a store of its own', () => {
    using tested = new TwoInputs((builder) =>
      builder.table(left).filterNot(isX, { store: 'not-x' }).toStream().to(output),
    )
    tested.feed(['left', 'a', 'y', 1], ['left', 'b', 'x', 2])
    const store = tested.driver.store('not-x') as unknown as { get(key: string): unknown }
    expect([store.get('a'), store.get('b')]).toEqual([{ value: 'y', timestamp: 1 }, null])
  })

  it('is not called for deletions', () => {
    using tested = new TwoInputs((builder) =>
      builder
        .table(left)
        .filter((value) => value.length > 0)
        .toStream()
        .to(output),
    )
    expect(tested.feed(['left', 'a', null, 1])).toEqual([['a', null, 1]])
  })
})

describe('mapValues of a table', () => {
  it('passes deletions without calling the mapper, and deletes on undefined', () => {
    using tested = new TwoInputs((builder) =>
      builder
        .table(left)
        .mapValues((value) => (value === 'gone' ? undefined : value.toUpperCase()))
        .toStream()
        .to(output),
    )
    expect(tested.feed(['left', 'a', 'x', 1], ['left', 'a', 'gone', 2], ['left', 'a', null, 3])).toEqual([
      ['a', 'X', 1],
      ['a', null, 2],
      ['a', null, 3],
    ])
  })

  it('is computed again when a join reads it, through any number of steps', () => {
    using tested = new TwoInputs((builder) => {
      const mapped = builder
        .table(right)
        .mapValues((value) => `${value}!`)
        .filter((value) => value !== 'no!')
        .mapValues((value) => `${value}?`)
      builder.stream(left).leftJoin(mapped, plus).to(output)
    })
    expect(
      tested.feed(['right', 'a', 'yes', 5], ['right', 'b', 'no', 5], ['left', 'a', 'l', 1], ['left', 'b', 'l', 2]),
    ).toEqual([
      ['a', 'l+yes!?', 1],
      ['b', 'l+null', 2],
    ])
  })
})

describe('transformValues of a table', () => {
  const marked = (table: KTable<string, string>, seen: (string | undefined)[]): KTable<string, string> =>
    table.transformValues(() => {
      let topicOf: () => string | undefined
      return {
        init(context) {
          topicOf = () => context.recordMetadata()?.topic
        },
        transform(value) {
          seen.push(topicOf())
          return value === null ? 'nothing' : `<${value}>`
        },
      }
    })

  it('is called for deletions', () => {
    using tested = new TwoInputs((builder) => marked(builder.table(left), []).toStream().to(output))
    expect(tested.feed(['left', 'a', 'x', 1], ['left', 'a', null, 2])).toEqual([
      ['a', '<x>', 1],
      ['a', 'nothing', 2],
    ])
  })

  it('sees no record while a join reads it, and the join goes on under its own', () => {
    const seen: (string | undefined)[] = []
    using tested = new TwoInputs((builder) => {
      const table = marked(builder.table(right), seen)
      builder
        .stream(left)
        .join(table, plus)
        .processValues(() => {
          let current: () => string | undefined
          let forward: (record: never) => void
          return {
            init(context) {
              current = () => context.recordMetadata()?.topic
              forward = context.forward.bind(context) as never
            },
            process(record) {
              forward(record.withValue(`${record.value} from ${current()}`) as never)
            },
          }
        })
        .to(output)
    })
    expect(tested.feed(['left', 'a', 'l', 1])).toEqual([['a', 'l+nothing from left', 1]])
    expect(seen).toEqual([undefined])
  })
})

describe('options that do not fit', () => {
  it('refuses a versioned global table', () => {
    expect(() => new StreamsBuilder().globalTable(right, { versioned: 100 })).toThrow(TopologyError)
  })
})
