import { StreamsBuilder } from 'millrace'
import { describe, expect, it } from 'vitest'
import { left, output, plus, right, TwoInputs } from './fixtures/two-inputs.ts'

describe('join of a stream with a table', () => {
  it('looks the row up as it is now; the time is the record’s', () => {
    using tested = new TwoInputs((builder) => builder.stream(left).join(builder.table(right), plus).to(output))
    const seen = tested.feed(
      ['left', 'a', 'early', 1],
      ['right', 'a', 'A', 50],
      ['left', 'a', 'l', 2],
      ['right', 'a', null, 60],
      ['left', 'a', 'late', 70],
    )
    expect(seen).toEqual([['a', 'l+A', 2]])
  })

  it('drops null keys and values, with the reason', () => {
    using tested = new TwoInputs((builder) => builder.stream(left).join(builder.table(right), plus).to(output))
    expect(tested.feed(['left', null, 'l', 1], ['left', 'a', null, 1])).toEqual([])
    expect([tested.dropped('null-key'), tested.dropped('null-value')]).toEqual([1, 1])
  })

  it('keeps records without a row or a key in a left join', () => {
    using tested = new TwoInputs((builder) => builder.stream(left).leftJoin(builder.table(right), plus).to(output))
    expect(tested.feed(['left', null, 'l', 1], ['left', 'a', 'l', 2], ['left', 'a', null, 3])).toEqual([
      [null, 'l+null', 1],
      ['a', 'l+null', 2],
    ])
  })

  it('reads a versioned table as of the record’s time', () => {
    using tested = new TwoInputs((builder) =>
      builder
        .stream(left)
        .leftJoin(builder.table(right, { store: 'rows', versioned: 1000 }), plus)
        .to(output),
    )
    const seen = tested.feed(
      ['right', 'a', 'at 10', 10],
      ['right', 'a', 'at 20', 20],
      ['left', 'a', 'l', 5],
      ['left', 'a', 'l', 15],
      ['left', 'a', 'l', 25],
    )
    expect(seen).toEqual([
      ['a', 'l+null', 5],
      ['a', 'l+at 10', 15],
      ['a', 'l+at 20', 25],
    ])
  })

  it('with grace waits for the table’s history, then joins in the order of time', () => {
    using tested = new TwoInputs((builder) =>
      builder
        .stream(left)
        .leftJoin(builder.table(right, { store: 'rows', versioned: 1000 }), plus, { grace: 10 })
        .to(output),
    )
    expect(tested.feed(['left', 'a', 'l', 100], ['right', 'a', 'came late', 95])).toEqual([])
    expect(tested.feed(['left', 'b', 'l', 105])).toEqual([])
    expect(tested.feed(['left', 'c', 'l', 115])).toEqual([
      ['a', 'l+came late', 100],
      ['b', 'l+null', 105],
    ])
    expect(tested.feed(['left', 'd', 'behind the grace', 50])).toEqual([['d', 'behind the grace+null', 50]])
  })

  it('with grace fails on a record without a key, as Kafka Streams does', () => {
    using tested = new TwoInputs((builder) =>
      builder
        .stream(left)
        .leftJoin(builder.table(right, { store: 'rows', versioned: 1000 }), plus, { grace: 10 })
        .to(output),
    )
    expect(() => tested.feed(['left', null, 'l', 1])).toThrow(/has no key/)
  })

  it('refuses a grace on a table without versions, or with too short a history', () => {
    const plain = new StreamsBuilder()
    expect(() => plain.stream(left).join(plain.table(right), plus, { grace: 10 })).toThrow(/versioned/)
    const short = new StreamsBuilder()
    short
      .stream(left)
      .join(short.table(right, { store: 'rows', versioned: 5 }), plus, { grace: 10 })
      .to(output)
    expect(() => short.build()).toThrow(/less than the grace of 10 ms/)
  })
})

describe('join of a stream with a global table', () => {
  it('looks up the key it is told, and keeps the stream’s', () => {
    using tested = new TwoInputs((builder) => {
      const table = builder.globalTable(right)
      builder
        .stream(left)
        .join(table, { key: (value) => value[0], join: plus })
        .to(output)
    })
    expect(tested.feed(['right', 'l', 'L', 50], ['left', null, 'l1', 1], ['left', 'a', 'm', 2])).toEqual([
      [null, 'l1+L', 1],
    ])
  })

  it('without a row key: a join drops the record, a left join keeps it', () => {
    const run = (method: 'join' | 'leftJoin'): TwoInputs =>
      new TwoInputs((builder) => {
        const table = builder.globalTable(right)
        const [stream, options] = [builder.stream(left), { key: (): string | null => null, join: plus }]
        const result = method === 'join' ? stream.join(table, options) : stream.leftJoin(table, options)
        result.to(output)
      })
    using inner = run('join')
    expect(inner.feed(['left', 'a', 'l', 1])).toEqual([])
    expect(inner.dropped('null-key')).toBe(1)
    using outer = run('leftJoin')
    expect(outer.feed(['left', 'a', 'l', 1])).toEqual([['a', 'l+null', 1]])
  })
})
