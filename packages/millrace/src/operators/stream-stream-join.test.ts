import { Headers, joinWindows, type StreamsBuilder } from 'millrace'
import { describe, expect, it } from 'vitest'
import { left, output, plus, right, TwoInputs } from './fixtures/two-inputs.ts'

const windows = joinWindows({ within: 10 })

function joined(method: 'join' | 'leftJoin' | 'outerJoin', bounds = windows): TwoInputs {
  return new TwoInputs((builder) => {
    const [stream, other] = [builder.stream(left), builder.stream(right)]
    const options = { join: plus, windows: bounds }
    if (method === 'join') stream.join(other, options).to(output)
    else if (method === 'leftJoin') stream.leftJoin(other, options).to(output)
    else stream.outerJoin(other, options).to(output)
  })
}

describe('join of two streams', () => {
  it('joins what is in the window, both ends included; the time is the later one', () => {
    using tested = joined('join', joinWindows({ before: 5, after: 10, grace: 20 }))
    const others = [94, 95, 100, 110, 111].map((time) => ['right', 'a', String(time), time] as const)
    expect(tested.feed(...others, ['left', 'a', 'l', 100])).toEqual([
      ['a', 'l+95', 100],
      ['a', 'l+100', 100],
      ['a', 'l+110', 110],
    ])
  })

  it('mirrors the window for the right side', () => {
    using tested = joined('join', joinWindows({ before: 5, after: 10, grace: 20 }))
    const others = [89, 90, 100, 105, 106].map((time) => ['left', 'a', String(time), time] as const)
    expect(tested.feed(...others, ['right', 'a', 'r', 100]).map(([, value]) => value)).toEqual([
      '90+r',
      '100+r',
      '105+r',
    ])
  })

  it('forgets what is as far back as window and grace: how late a record may be', () => {
    using tested = joined('join', joinWindows({ before: 5, after: 10 }))
    expect(tested.feed(['right', 'a', 'r', 96], ['right', 'a', 'x', 111], ['left', 'a', 'l', 96])).toEqual([])
  })

  it('drops null keys and values, with the reason', () => {
    using tested = joined('join')
    tested.feed(['left', null, 'l', 1], ['right', 'a', null, 1])
    expect([tested.dropped('null-key'), tested.dropped('null-value')]).toEqual([1, 1])
  })

  it('joins a record with itself by the other input only', () => {
    const self = (builder: StreamsBuilder): void => {
      const stream = builder.stream(left)
      stream.join(stream, { join: plus, windows }).to(output)
    }
    using two = new TwoInputs(self)
    using one = new TwoInputs(self, { build: { optimization: 'single.store.self.join' } })
    const records = [['left', 'a', 'x', 1] as const, ['left', 'a', 'y', 5] as const, ['left', 'a', 'z', 3] as const]
    const expected = two.feed(...records)
    expect(expected.filter(([, value]) => value === 'x+x')).toHaveLength(1)
    expect(one.feed(...records).sort()).toEqual([...expected].sort())
  })
})

describe('left and outer joins of two streams', () => {
  it('emits an unmatched record once its window and grace are past, with its own time', () => {
    using tested = joined('leftJoin', joinWindows({ within: 10, grace: 5 }))
    expect(tested.feed(['left', 'a', 'l', 100], ['left', 'b', 'x', 115])).toEqual([])
    expect(tested.feed(['left', 'c', 'x', 116])).toEqual([['a', 'l+null', 100]])
  })

  it('gives the result the headers of the record that released it', () => {
    using tested = joined('leftJoin')
    const input = tested.driver.inputTopic(left)
    input.pipe('a', 'l', { timestamp: 0, headers: new Headers([{ key: 'h', value: Buffer.from('own') }]) })
    input.pipe('b', 'x', { timestamp: 11, headers: new Headers([{ key: 'h', value: Buffer.from('trigger') }]) })
    const [result] = tested.driver.outputTopic(output).readRecords()
    expect(result.value).toBe('l+null')
    expect(Buffer.from(result.headers.last('h')?.value ?? []).toString()).toBe('trigger')
  })

  it('does not emit what found its match meanwhile', () => {
    using tested = joined('outerJoin')
    expect(tested.feed(['left', 'a', 'l', 0], ['right', 'a', 'r', 10], ['right', 'b', 'x', 100])).toEqual([
      ['a', 'l+r', 10],
    ])
  })

  it('releases both sides in the order of time, right before left', () => {
    using tested = joined('outerJoin')
    tested.feed(['left', 'a', 'l', 1], ['right', 'b', 'r', 1], ['left', 'c', 'l', 0])
    expect(tested.feed(['right', 'x', 'x', 50])).toEqual([
      ['c', 'l+null', 0],
      ['b', 'null+r', 1],
      ['a', 'l+null', 1],
    ])
  })

  it('emits all values that waited under one key and time', () => {
    using tested = joined('leftJoin')
    tested.feed(['left', 'a', 'l1', 0], ['left', 'a', 'l2', 0])
    expect(tested.feed(['left', 'b', 'x', 11]).map(([, value]) => value)).toEqual(['l1+null', 'l2+null'])
    expect(tested.feed(['left', 'b', 'x', 30]).map(([key]) => key)).toEqual(['b'])
  })

  it('emits a record that is behind its window already, and one without a key, at once', () => {
    using tested = joined('leftJoin')
    expect(tested.feed(['left', 'x', 'x', 100], ['left', 'a', 'late', 80], ['left', null, 'no key', 100])).toEqual([
      ['a', 'late+null', 80],
      [null, 'no key+null', 100],
    ])
  })

  it('drops null keys of the side that is not kept', () => {
    using tested = joined('leftJoin')
    expect(tested.feed(['right', null, 'r', 1])).toEqual([])
    expect(tested.dropped('null-key')).toBe(1)
  })
})
