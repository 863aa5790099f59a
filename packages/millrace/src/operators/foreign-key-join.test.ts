import { describe, expect, it } from 'vitest'
import { left, output, plus, right, type Seen, TwoInputs } from './fixtures/two-inputs.ts'

/** A left value points to the right row of its first letter; one that begins with `-` to none. */
const foreignKey = (value: string): string | null => (value.startsWith('-') ? null : value[0])

function joined(method: 'join' | 'leftJoin', more?: { store?: string; name?: string; versioned?: number }): TwoInputs {
  const { versioned, ...options } = more ?? {}
  return new TwoInputs((builder) => {
    const rows = builder.table(left, versioned === undefined ? {} : { store: 'history', versioned })
    const other = builder.table(right)
    const spec = { foreignKey, join: plus, ...options }
    const result = method === 'join' ? rows.join(other, spec) : rows.leftJoin(other, spec)
    result.toStream().to(output)
  })
}

describe('join of tables on a foreign key', () => {
  it('follows left rows, with the later of both times', () => {
    using tested = joined('join')
    expect(tested.feed(['right', 'x', 'X', 50], ['left', '1', 'x1', 10])).toEqual([['1', 'x1+X', 50]])
    expect(tested.feed(['left', '1', 'x2', 60])).toEqual([['1', 'x2+X', 60]])
  })

  it('sends a right change to all rows that point to it, with its own time', () => {
    using tested = joined('join')
    tested.feed(['left', '2', 'x2', 10], ['left', '1', 'x1', 20], ['left', '3', 'y3', 30])
    expect(tested.feed(['right', 'x', 'X', 5])).toEqual([
      ['1', 'x1+X', 5],
      ['2', 'x2+X', 5],
    ])
    expect(tested.feed(['right', 'x', null, 6])).toEqual([
      ['1', null, 6],
      ['2', null, 6],
    ])
  })

  it('moves to another right row, or to none', () => {
    using tested = joined('join')
    tested.feed(['right', 'x', 'X', 1], ['right', 'y', 'Y', 1], ['left', '1', 'x1', 2])
    expect(tested.feed(['left', '1', 'y1', 3])).toEqual([['1', 'y1+Y', 3]])
    expect(tested.feed(['right', 'x', 'X2', 4])).toEqual([])
    expect(tested.feed(['left', '1', '-', 5])).toEqual([['1', null, 5]])
    expect(tested.dropped('null-foreign-key')).toBe(1)
    expect(tested.feed(['left', '1', 'z', 6], ['left', '1', null, 7])).toEqual([['1', null, 7]])
  })

  it('keeps left rows without a right one in a left join', () => {
    using tested = joined('leftJoin')
    expect(tested.feed(['left', '1', 'x1', 1], ['left', '2', '-', 2])).toEqual([
      ['1', 'x1+null', 1],
      ['2', '-+null', 2],
    ])
    expect(tested.feed(['right', 'x', 'X', 3], ['left', '1', null, 4], ['left', '1', null, 5])).toEqual([
      ['1', 'x1+X', 3],
      ['1', null, 4],
    ])
  })

  it('ignores updates of a versioned table that are not the latest', () => {
    using tested = joined('leftJoin', { versioned: 1000 })
    expect(tested.feed(['left', '1', 'x1', 100], ['left', '1', 'x0', 50])).toEqual([['1', 'x1+null', 100]])
    expect(tested.dropped('out-of-order')).toBe(1)
  })

  it('keeps the result where it is named, and names its topics', () => {
    using tested = joined('join', { store: 'result', name: 'fk' })
    tested.feed(['right', 'x', 'X', 1], ['left', '1', 'x1', 2])
    const store = tested.driver.store('result') as unknown as { get(key: string): unknown }
    expect(store.get('1')).toEqual({ value: 'x1+X', timestamp: 2 })
    expect(tested.driver.producedTopics()).toEqual(
      expect.arrayContaining([
        'test-fk-subscription-registration-topic',
        'test-fk-subscription-store-changelog',
        'test-fk-subscription-response-topic',
      ]),
    )
  })

  it('drops an answer to a value that has changed meanwhile', () => {
    const responses: Uint8Array[] = []
    using tested = joined('join', { name: 'fk' })
    const topic = 'test-fk-subscription-response-topic'
    tested.feed(['right', 'x', 'X', 1], ['left', '1', 'x1', 2])
    for (const { value } of tested.driver.takeProduced(topic)) if (value !== null) responses.push(value)
    tested.feed(['left', '1', 'x2', 3])
    tested.driver.pipeRaw(topic, { key: Buffer.from('1'), value: responses[0], timestamp: 4 })
    expect(tested.feed()).toEqual([] satisfies Seen[])
    expect(tested.dropped('stale')).toBe(1)
  })
})
