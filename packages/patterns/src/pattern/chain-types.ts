/**
 * The types of the builder: what may be called after what, and the match that comes of it. Misuse does not compile: a
 * name used twice, `until` where nothing repeats without end, a negation after an optional element, a pattern that ends
 * in `notFollowedBy` without `within`. Where a call is not allowed its type is Refused, so that the compiler prints the reason.
 * All of it is carried by one class at run time, `PatternChain`.
 */

import type { Duration } from 'millrace'
import type { PatternDefinition } from './definition.ts'
import type { BoundBefore, ElementField, Flat, GroupFields, Repeats } from './match-type.ts'
import type { RepeatOptions } from './pattern-chain.ts'

/** A complete pattern over events of type `Event`, whose matches are `Match`; `Target`: the names that may be skipped to. */
export interface Pattern<Event, Match, Target extends string = string, Name extends string = string> {
  /** The pattern as plain, frozen data. */
  readonly definition: PatternDefinition
  /** Never there: it carries the types. */
  readonly '~types'?: { readonly match: (event: Event) => Match; readonly target: Target; readonly name: Name }
}

/** What a sequence has come to. */
interface Sequence {
  event: unknown
  /** What a group's conditions may read of the pattern around it. */
  outer: object
  match: object
  /** All names used. */
  names: string
  /** Names outside groups. */
  targets: string
  /** Whether the last element may be passed. */
  optional: boolean
}

/** An element that can still be changed. */
interface ElementShape {
  event: unknown
  outer: object
  before: object
  /** The element's name; never for a group. */
  name: string
  /** What its events are narrowed to. */
  fit: unknown
  /** A group's match; undefined for a single element. */
  group: object | undefined
  names: string
  targets: string
  repeats: Repeats
  optional: boolean
}

type Change<S, C> = { [K in keyof S]: K extends keyof C ? C[K] : S[K] }

type MatchOf<S extends ElementShape> = Flat<
  S['before'] &
    (S['group'] extends object
      ? GroupFields<S['group'], S['repeats'], S['optional']>
      : ElementField<S['name'], S['fit'], S['repeats'], S['optional']>)
>

interface After<S extends ElementShape> {
  event: S['event']
  outer: S['outer']
  match: MatchOf<S>
  names: S['names']
  targets: S['targets']
  optional: S['optional']
}

interface NewElement<A extends Sequence, N extends string, F> {
  event: A['event']
  outer: A['outer']
  before: A['match']
  name: N
  fit: F
  group: undefined
  names: A['names'] | N
  targets: A['targets'] | N
  repeats: 'once'
  optional: false
}

interface NewGroup<A extends Sequence, M extends object, Names extends string> {
  event: A['event']
  outer: A['outer']
  before: A['match']
  name: never
  fit: never
  group: M
  names: A['names'] | Names
  targets: A['targets']
  repeats: 'once'
  optional: false
}

interface AfterNegation<A extends Sequence, N extends string> {
  event: A['event']
  outer: A['outer']
  match: A['match']
  names: A['names'] | N
  targets: A['targets'] | N
  optional: false
}

interface AfterAbsence<A extends Sequence, N extends string> {
  event: A['event']
  outer: A['outer']
  match: A['match']
  names: A['names'] | N
  targets: A['targets']
  optional: false
}

/** The type of a method that may not be called here: the compiler prints the reason. */
export interface Refused<Reason extends string> {
  readonly reason: Reason
}

/** The name, if it is not used yet. */
type Fresh<N extends string, Used extends string> = N extends Used ? Refused<`the name ${N} is used already`> : N

type Readable<A extends Sequence, N extends string> = BoundBefore<A['outer'] & A['match'], N, A['event']>

type ReadableOf<S extends ElementShape> = BoundBefore<S['outer'] & S['before'], S['name'], S['event']>

/** Adds an element that takes an event, or a group. */
export interface Append<A extends Sequence> {
  /** A group: a pattern of its own, that can be repeated or optional as a whole. */
  <M extends object, T extends string, Names extends string>(
    group: Pattern<A['event'], M, T, Names> & ([Names & A['names']] extends [never] ? unknown : 'a name is used twice'),
  ): ElementChain<NewGroup<A, M, Names>>
  /** An element with a type guard: its events are narrowed in the match. */
  <N extends string, F extends A['event']>(
    name: N & Fresh<N, A['names']>,
    condition: (event: A['event'], match: Readable<A, N>) => event is F,
  ): ElementChain<NewElement<A, N, F>>
  /**
   * An element. Without a condition every event fits. A condition that reads the match must declare it as its second
   * parameter: one that does not is called once for each event, whatever the number of runs.
   */
  <N extends string>(
    name: N & Fresh<N, A['names']>,
    condition?: (event: A['event'], match: Readable<A, N>) => boolean,
  ): ElementChain<NewElement<A, N, A['event']>>
}

/** Adds an element that must not come. */
export type AppendNot<A extends Sequence, Result> = <N extends string>(
  name: N & Fresh<N, A['names']>,
  condition?: (event: A['event'], match: Readable<A, N>) => boolean,
) => Result extends 'open' ? OpenNegation<AfterNegation<A, N>> : Windowed<AfterNegation<A, N>>

/** Adds an absence. */
export interface AppendAbsence<A extends Sequence> {
  <N extends string>(name: N & Fresh<N, A['names']>, duration: Duration): Windowed<AfterAbsence<A, N>>
  <N extends string>(
    name: N & Fresh<N, A['names']>,
    condition: (event: A['event'], match: Readable<A, N>) => boolean,
    duration: Duration,
  ): Windowed<AfterAbsence<A, N>>
}

type UnlessOptional<A extends Sequence, Method> = A['optional'] extends true
  ? Refused<'a negation cannot come after an optional element: use two patterns'>
  : Method

/** What may follow. */
export interface Follow<A extends Sequence> {
  /** The very next event must fit. */
  readonly next: Append<A>
  /** The first event that fits is taken; others before it are passed over. */
  readonly followedBy: Append<A>
  /** Any event that fits may be taken: one that fits is also passed over. */
  readonly followedByAny: Append<A>
  /** The very next event must not fit. */
  readonly notNext: UnlessOptional<A, AppendNot<A, 'complete'>>
  /** No event may fit until the next element takes one; at the end of a pattern, until its window is over. */
  readonly notFollowedBy: UnlessOptional<A, AppendNot<A, 'open'>>
  /**
   * For so long after the event before nothing may fit: one that does ends the run; when the time is over the run goes on, with
   * what comes then. It needs no event to go on: at the end of a pattern it completes by time. Without a condition no event at
   * all may come. Not in FlinkCEP.
   */
  readonly absent: AppendAbsence<A>
}

/** A sequence that is complete, and may go on. */
export interface Windowed<A extends Sequence>
  extends Follow<A>,
    Pattern<A['event'], A['match'], A['targets'], A['names']> {
  /**
   * A limit in time, exclusive: `wholeMatch` from the first event of the match to its last (the smallest of a pattern
   * counts), `previousToCurrent` from the event before until this element takes one.
   */
  within(duration: Duration, kind?: 'wholeMatch' | 'previousToCurrent'): Windowed<A>
}

/** A sequence that ends in `notFollowedBy`: a pattern only with `within`. */
export interface OpenNegation<A extends Sequence> extends Follow<A> {
  /** How long nothing may come; at the end of a pattern the match completes when it is over. */
  within(duration: Duration, kind?: 'wholeMatch' | 'previousToCurrent'): Windowed<A>
}

type ForLoops<S extends ElementShape, Method> = S['repeats'] extends 'once'
  ? Refused<'only for a loop: times, oneOrMore or timesOrMore'>
  : Method

type OnlyOnce<S extends ElementShape, Method> = S['repeats'] extends 'once'
  ? S['optional'] extends true
    ? Refused<'say how often it repeats before optional()'>
    : Method
  : Refused<'how often it repeats is said already'>

type ForElements<S extends ElementShape, Method> = S['group'] extends object ? Refused<'not for a group'> : Method

interface Where<S extends ElementShape> {
  <G extends S['fit']>(
    condition: (event: S['fit'], match: ReadableOf<S>) => event is G,
  ): ElementChain<Change<S, { fit: G }>>
  (condition: (event: S['fit'], match: ReadableOf<S>) => boolean): ElementChain<S>
}

interface Or<S extends ElementShape> {
  <G extends S['event']>(
    condition: (event: S['event'], match: ReadableOf<S>) => event is G,
  ): ElementChain<Change<S, { fit: S['fit'] | G }>>
  (condition: (event: S['event'], match: ReadableOf<S>) => boolean): ElementChain<Change<S, { fit: S['event'] }>>
}

interface Times<S extends ElementShape> {
  /** Exactly so many times. */
  (times: number, options?: RepeatOptions): ElementChain<Change<S, { repeats: 'times' }>>
  /** So many to so many times; from 0: or not at all. */
  (from: number, to: number, options?: RepeatOptions): ElementChain<Change<S, { repeats: 'times' }>>
}

/** A pattern whose last element can still be changed. */
export interface ElementChain<S extends ElementShape> extends Windowed<After<S>> {
  /** One condition more that must hold. */
  readonly where: ForElements<S, Where<S>>
  /** Another condition that suffices instead of those so far. */
  readonly or: ForElements<S, Or<S>>
  /**
   * No two events of the loop have the same value of this; one that repeats a value does not fit, so it is passed over where
   * others would be. Not in FlinkCEP.
   */
  readonly distinct: ForElements<S, ForLoops<S, (select: (event: S['fit']) => unknown) => ElementChain<S>>>
  readonly times: OnlyOnce<S, Times<S>>
  readonly oneOrMore: OnlyOnce<S, (options?: RepeatOptions) => ElementChain<Change<S, { repeats: 'loop' }>>>
  readonly timesOrMore: OnlyOnce<
    S,
    (times: number, options?: RepeatOptions) => ElementChain<Change<S, { repeats: 'loop' }>>
  >
  /** Once, or the whole quantity, or not at all. */
  optional(): ElementChain<Change<S, { optional: true }>>
  /** Between its repeats nothing may come. */
  readonly consecutive: ForLoops<S, () => ElementChain<S>>
  /** Between its repeats events that fit may be passed over: every combination matches. */
  readonly allowCombinations: ForLoops<S, () => ElementChain<S>>
  /** An event that fits both the loop and what follows it goes to the loop. */
  readonly greedy: ForElements<S, ForLoops<S, () => ElementChain<S>>>
  /** The loop takes nothing from the event on that fits this. */
  readonly until: S['repeats'] extends 'loop'
    ? (condition: (event: S['event'], match: ReadableOf<S>) => boolean) => ElementChain<S>
    : Refused<'only for an open loop: oneOrMore or timesOrMore'>
}
