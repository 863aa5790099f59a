import { StreamsBuilder } from 'millrace'
import { describe, expect, it } from 'vitest'
import { left, output, plus, right, TwoInputs } from './fixtures/two-inputs.ts'

const storesOf = (builder: StreamsBuilder): string[] => [...builder.build().stores.keys()]

describe('a table of a topic', () => {
  it('has no store until something reads it', () => {
    const builder = new StreamsBuilder()
    builder.table(left).toStream().to(output)
    expect(storesOf(builder)).toEqual([])
  })

  it('gets its generated store when a join reads it', () => {
    const builder = new StreamsBuilder()
    builder.table(left).join(builder.table(right), plus).toStream().to(output)
    expect(storesOf(builder)).toEqual(['right-STATE-STORE-0000000003', 'left-STATE-STORE-0000000000'].sort())
  })

  it('uses its topic as the changelog only where that is asked for', () => {
    const build = (optimization: 'none' | 'all') => {
      const builder = new StreamsBuilder()
      builder.table(left, { store: 'kept' }).toStream().to(output)
      return builder.build({ optimization }).stores.get('kept')
    }
    expect(build('none')).toMatchObject({ sourceTopic: undefined, builder: { logging: true } })
    expect(build('all')).toMatchObject({ sourceTopic: 'left', builder: { logging: false } })
  })

  it('drops null keys, deletes on null values and takes older updates too', () => {
    using tested = new TwoInputs((builder) => builder.table(left, { store: 'kept' }).toStream().to(output))
    expect(
      tested.feed(['left', null, 'x', 1], ['left', 'a', 'x', 5], ['left', 'a', 'y', 3], ['left', 'a', null, 9]),
    ).toEqual([
      ['a', 'x', 5],
      ['a', 'y', 3],
      ['a', null, 9],
    ])
    expect(tested.dropped('null-key')).toBe(1)
  })

  it('keeps the history of a versioned table, and drops what is older than that', () => {
    using tested = new TwoInputs((builder) =>
      builder.table(left, { store: 'kept', versioned: 100 }).toStream().to(output),
    )
    const seen = tested.feed(['left', 'a', 'new', 500], ['left', 'a', 'older', 450], ['left', 'a', 'too old', 10])
    expect(seen).toEqual([
      ['a', 'new', 500],
      ['a', 'older', 450],
    ])
  })

  it('goes through a repartition topic where the key was changed', () => {
    using tested = new TwoInputs((builder) =>
      builder
        .stream(left)
        .selectKey((value) => value)
        .toTable({ store: 'kept' })
        .toStream()
        .to(output),
    )
    expect(tested.feed(['left', 'a', 'x', 1])).toEqual([['x', 'x', 1]])
    expect(tested.driver.producedTopics()).toContain('test-KSTREAM-TOTABLE-0000000002-repartition')
  })
})
