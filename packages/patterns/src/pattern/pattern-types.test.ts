import { describe, expect, expectTypeOf, it } from 'vitest'
import { compile } from '../automaton/compile.ts'
import { matcherOf } from '../match/pattern-matcher.ts'
import { allOf, anyOf } from './choice.ts'
import { type MatchOf, pattern } from './pattern.ts'

interface Payment {
  readonly kind: string
  readonly amount: number
}

interface Probe extends Payment {
  readonly kind: 'probe'
  readonly probe: number
}

const isProbe = (payment: Payment): payment is Probe => payment.kind === 'probe'

describe('the match type', () => {
  it('has a field for each element, narrowed by guards, arrays for loops, none for negations', () => {
    const probing = pattern<Payment>()
      .begin('small', (p) => p.amount < 1)
      .followedBy('probe', isProbe)
      .times(2, 5)
      .notFollowedBy('reset', (p) => p.kind === 'reset')
      .next('big', (p, match) => {
        expectTypeOf(match.small).toEqualTypeOf<Payment>()
        expectTypeOf(match.probe).toEqualTypeOf<Probe[]>()
        return p.amount > 500 * match.small.amount
      })
      .followedBy('note')
      .optional()
      .within('10 min')
    expectTypeOf<MatchOf<typeof probing>>().toEqualTypeOf<{
      small: Payment
      probe: Probe[]
      big: Payment
      note: Payment | undefined
    }>()
    expect(compile(probing.definition).windowMs).toBe(600_000)
  })

  it('narrows by where and widens by or', () => {
    const narrowed = pattern<Payment>().begin('a').where(isProbe)
    expectTypeOf<MatchOf<typeof narrowed>>().toEqualTypeOf<{ a: Probe }>()
    const widened = narrowed.or((p) => p.amount > 1)
    expectTypeOf<MatchOf<typeof widened>>().toEqualTypeOf<{ a: Payment }>()
    expect(widened.definition.elements[0].where.kind).toBe('or')
  })

  it('keeps a loop an array when it is optional', () => {
    const loop = pattern<Payment>().begin('a').oneOrMore().optional().next('b')
    expectTypeOf<MatchOf<typeof loop>>().toEqualTypeOf<{ a: Payment[]; b: Payment }>()
    expect(loop.definition.elements).toHaveLength(2)
  })

  it('takes in the fields of groups, as arrays if they repeat', () => {
    const pair = pattern<Payment>().begin('x').next('y', isProbe)
    const once = pattern<Payment>().begin('a').followedBy(pair).next('z')
    expectTypeOf<MatchOf<typeof once>>().toEqualTypeOf<{ a: Payment; x: Payment; y: Probe; z: Payment }>()
    const optional = pattern<Payment>().begin('a').followedBy(pair).optional()
    expectTypeOf<MatchOf<typeof optional>>().toEqualTypeOf<{
      a: Payment
      x: Payment | undefined
      y: Probe | undefined
    }>()
    const repeated = pattern<Payment>().begin(pair).times(2).next('z')
    expectTypeOf<MatchOf<typeof repeated>>().toEqualTypeOf<{ x: Payment[]; y: Probe[]; z: Payment }>()
    expect(repeated.definition.elements[0].group).toHaveLength(2)
  })

  it('of one of several: what is there, or undefined; of all of them: all', () => {
    const x = pattern<Payment>().begin('x', isProbe).next('y').oneOrMore()
    const z = pattern<Payment>().begin('z')
    const either = pattern<Payment>().begin('a').followedBy(anyOf(x, z)).absent('quiet', '1 min')
    expectTypeOf<MatchOf<typeof either>>().toEqualTypeOf<{
      a: Payment
      x: Probe | undefined
      y: Payment[]
      z: Payment | undefined
    }>()
    const both = pattern<Payment>()
      .begin(allOf(x, z))
      .next('b', (p, match) => p.amount > match.z.amount)
    expectTypeOf<MatchOf<typeof both>>().toEqualTypeOf<{ x: Probe; y: Payment[]; z: Payment; b: Payment }>()
    const twice = pattern<Payment>().begin(anyOf(x, z)).times(2)
    expectTypeOf<MatchOf<typeof twice>>().toEqualTypeOf<{ x: Probe[]; y: Payment[]; z: Payment[] }>()
    expect(compile(both.definition).elements.map(({ name }) => name)).toEqual(['x', 'y', 'z', 'b'])
    expect(compile(either.definition).states.some(({ kind }) => kind === 'absence')).toBe(true)
  })

  it('does not let a choice, an absence or distinct be what it cannot', () => {
    const x = pattern<Payment>().begin('x')
    // @ts-expect-error: x is used twice
    expect(() => compile(anyOf(x, pattern<Payment>().begin('x').next('y')).definition)).toThrow('x is used twice')
    // @ts-expect-error: x is used already
    expect(() => compile(x.followedBy(allOf(x, pattern<Payment>().begin('y'))).definition)).toThrow('x is used twice')
    // @ts-expect-error: a loop only
    expect(() => compile(x.distinct((p: Payment) => p.kind).definition)).toThrow('distinct needs a loop')
    // @ts-expect-error: a duration is needed
    expect(() => compile(x.absent('quiet', (p: Payment) => p.amount > 1).definition)).toThrow('duration')
    // @ts-expect-error: an absence does not repeat
    expect(() => x.absent('quiet', 5).times(2).definition).not.toThrow()
    // @ts-expect-error: nor can the pattern skip to it
    expect(() => matcherOf(x.absent('quiet', 5), { skip: { toFirst: 'quiet' } })).not.toThrow()
    const distinct = x.times(2).distinct((p) => {
      expectTypeOf(p).toEqualTypeOf<Payment>()
      return p.kind
    })
    expectTypeOf<MatchOf<typeof distinct>>().toEqualTypeOf<{ x: Payment[] }>()
  })

  it('shows a condition what its own loop has bound, and a group what is around it', () => {
    pattern<Payment>().begin('a', (_p, match) => {
      expectTypeOf(match.a).toEqualTypeOf<readonly Payment[] | undefined>()
      return (match.a?.length ?? 0) < 2
    })
    const inner = pattern<Payment, { a: Payment }>().begin('b', (p, match) => p.amount > match.a.amount)
    const whole = pattern<Payment>().begin('a').followedBy(inner)
    expectTypeOf<MatchOf<typeof whole>>().toEqualTypeOf<{ a: Payment; b: Payment }>()
    expect(whole.definition.elements[1].group?.[0].where).toMatchObject({ kind: 'test', usesMatch: true })
  })
})

describe('what does not compile', () => {
  const a = pattern<Payment>().begin('a')

  it('a name used twice', () => {
    // @ts-expect-error the name a is used already
    expect(() => compile(a.next('a').definition)).toThrow('a is used twice')
    // @ts-expect-error a name is used twice
    expect(() => compile(a.next(pattern<Payment>().begin('a')).definition)).toThrow('a is used twice')
    // @ts-expect-error negated names count
    expect(() => compile(a.notNext('n').next('n').definition)).toThrow('n is used twice')
  })

  it('until, greedy and the like where nothing repeats', () => {
    // @ts-expect-error until needs an open loop
    expect(() => compile(a.until(() => true).definition)).toThrow('until needs an open loop')
    // @ts-expect-error until needs an open loop, not times
    expect(() => compile(a.times(1, 3).until(() => true).definition)).toThrow('until needs an open loop')
    // @ts-expect-error greedy needs a loop
    expect(() => compile(a.greedy().definition)).toThrow('greedy needs a loop')
    // @ts-expect-error consecutive needs a loop
    expect(() => compile(a.consecutive().definition)).toThrow('consecutive needs a loop')
    // @ts-expect-error it repeats already
    expect(() => a.times(2).oneOrMore()).toThrow('given twice')
  })

  it('a pattern that ends in notFollowedBy without within', () => {
    const open = a.notFollowedBy('n')
    // @ts-expect-error not a pattern yet
    expect(() => compile(open.definition)).toThrow('add within()')
    expect(compile(open.within('5 s').definition).windowMs).toBe(5_000)
    expect(compile(a.notNext('n').definition).states).toHaveLength(4)
  })

  it('a negation after an optional element', () => {
    // @ts-expect-error a negation cannot come after an optional element
    expect(() => compile(a.optional().notNext('n').definition)).toThrow('use two patterns')
    // @ts-expect-error nor with a window between
    expect(() => compile(a.optional().within('1 s').notFollowedBy('n').within(1).definition)).toThrow(
      'use two patterns',
    )
  })

  it('a skip target that is unknown or in a group', () => {
    const whole = a.followedBy(pattern<Payment>().begin('g')).next('z')
    // @ts-expect-error no such name
    expect(() => matcherOf(whole, { skip: { toFirst: 'y' } })).toThrow('names y, which is no element')
    // @ts-expect-error in a group
    expect(() => matcherOf(whole, { skip: { toLast: 'g' } })).toThrow('names g, which is no element')
    expect(matcherOf(whole, { skip: { toLast: 'z' } }).automaton.elements).toHaveLength(3)
  })

  it('a condition on what is bound later', () => {
    // @ts-expect-error b comes later
    a.next('c', (_p, match) => match.b === undefined).next('b')
    expect(a.definition.elements).toHaveLength(1)
  })
})
