import type { KTable } from 'millrace'
import { describe, expect, it } from 'vitest'
import { type Fed, left, output, plus, right, type Seen, TwoInputs } from './fixtures/two-inputs.ts'

type Method = 'join' | 'leftJoin' | 'outerJoin'

/** Both sides come and go, in every order. */
const STORY: readonly Fed[] = [
  ['left', 'a', null, 1],
  ['left', 'a', 'l1', 10],
  ['right', 'a', 'r1', 5],
  ['left', 'a', 'l2', 20],
  ['right', 'a', null, 30],
  ['right', 'a', null, 31],
  ['right', 'a', 'r2', 32],
  ['left', 'a', null, 40],
  ['left', 'a', null, 41],
  ['right', 'a', null, 42],
]

/** What Kafka Streams 4.3.1 gives for the story. */
const EXPECTED: Readonly<Record<Method, readonly (readonly [string | null, number])[]>> = {
  join: [
    ['l1+r1', 10],
    ['l2+r1', 20],
    [null, 30],
    [null, 31],
    ['l2+r2', 32],
    [null, 40],
    [null, 41],
  ],
  leftJoin: [
    ['l1+null', 10],
    ['l1+r1', 10],
    ['l2+r1', 20],
    ['l2+null', 30],
    ['l2+null', 31],
    ['l2+r2', 32],
    [null, 40],
    [null, 41],
  ],
  outerJoin: [
    ['l1+null', 10],
    ['l1+r1', 10],
    ['l2+r1', 20],
    ['l2+null', 30],
    ['l2+null', 31],
    ['l2+r2', 32],
    ['null+r2', 40],
    ['null+r2', 41],
    [null, 42],
  ],
}

type Rows = KTable<string, string>

function joined(method: Method, table: Rows, other: Rows, options?: { store: string }): Rows {
  if (method === 'join') return table.join(other, plus, options)
  return method === 'leftJoin' ? table.leftJoin(other, plus, options) : table.outerJoin(other, plus, options)
}

function run(method: Method, options?: { store: string }): Seen[] {
  using tested = new TwoInputs((builder) => {
    const other = builder.table(right)
    joined(method, builder.table(left), other, options).toStream().to(output)
  })
  return tested.feed(...STORY)
}

describe.each(['join', 'leftJoin', 'outerJoin'] as const)('%s of two tables', (method) => {
  it('follows both sides, with the later of both times', () => {
    expect(run(method).map(([, value, timestamp]) => [value, timestamp])).toEqual(EXPECTED[method])
  })

  it('gives the same with a store for the result', () => {
    expect(run(method, { store: 'kept' })).toEqual(run(method))
  })

  it('can be read by a further join where it has no store', () => {
    using tested = new TwoInputs((builder) => {
      const rows = joined(method, builder.table(left), builder.table(right))
      builder.stream<string, string>('events').leftJoin(rows, plus).to(output)
    })
    const events = (value: string): Seen[] => {
      tested.driver.pipeRaw('events', {
        key: Buffer.from('a'),
        value: Buffer.from(JSON.stringify(value)),
        timestamp: 99,
      })
      return tested.feed()
    }
    const seen = (): string | null => events('e')[0][1]
    expect(seen()).toBe('e+null')
    tested.feed(['left', 'a', 'l', 1])
    expect(seen()).toBe(method === 'join' ? 'e+null' : 'e+l+null')
    tested.feed(['right', 'a', 'r', 1])
    expect(seen()).toBe('e+l+r')
    tested.feed(['left', 'a', null, 2])
    expect(seen()).toBe(method === 'outerJoin' ? 'e+null+r' : 'e+null')
  })
})

describe('joins of versioned tables', () => {
  it('drop updates that are not the latest, on the versioned side alone', () => {
    using tested = new TwoInputs((builder) => {
      const versioned = builder.table(left, { store: 'history', versioned: 1000 })
      versioned.join(builder.table(right), plus).toStream().to(output)
    })
    const seen = tested.feed(
      ['right', 'a', 'r', 10],
      ['left', 'a', 'l', 100],
      ['left', 'a', 'older', 50],
      ['right', 'a', 'older too', 5],
    )
    expect(seen).toEqual([
      ['a', 'l+r', 100],
      ['a', 'l+older too', 100],
    ])
    expect(tested.dropped('out-of-order')).toBe(1)
  })
})
