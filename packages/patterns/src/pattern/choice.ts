/**
 * Choices between sub-patterns: one of them, or all of them in any order. Each gives a pattern of its own, which stands where a
 * group may: after `begin`, `next`, `followedBy`, `followedByAny`, so that it can be repeated or optional as a whole.
 */

import type { Pattern } from './chain-types.ts'
import { ALWAYS, type Choice, ONCE, type PatternDefinition } from './definition.ts'
import type { Flat, GroupFields } from './match-type.ts'

/** Sub-patterns with a name in common: the compiler prints it. */
type Apart<Names extends string, Used extends string> = [Names & Used] extends [never]
  ? unknown
  : 'a name is used twice'

/** Any sub-pattern: what is of another one is not there. */
type Either<M extends object> = GroupFields<M, 'once', true>

/**
 * One of the sub-patterns. The first event that begins one of them decides; one that begins several goes on in each. Fields
 * of the others are undefined, or empty lists.
 *
 * @example
 * const ended = anyOf(
 *   pattern<Order>().begin('paid', (order) => order.kind === 'paid'),
 *   pattern<Order>().begin('cancelled', (order) => order.kind === 'cancelled').followedBy('refunded', isRefund),
 * )
 * pattern<Order>().begin('placed', isPlaced).followedBy(ended)
 */
export function anyOf<E, A extends object, AN extends string, B extends object, BN extends string>(
  a: Pattern<E, A, string, AN>,
  b: Pattern<E, B, string, BN> & Apart<BN, AN>,
): Pattern<E, Flat<Either<A> & Either<B>>, never, AN | BN>
export function anyOf<
  E,
  A extends object,
  AN extends string,
  B extends object,
  BN extends string,
  C extends object,
  CN extends string,
>(
  a: Pattern<E, A, string, AN>,
  b: Pattern<E, B, string, BN> & Apart<BN, AN>,
  c: Pattern<E, C, string, CN> & Apart<CN, AN | BN>,
): Pattern<E, Flat<Either<A> & Either<B> & Either<C>>, never, AN | BN | CN>
export function anyOf<
  E,
  A extends object,
  AN extends string,
  B extends object,
  BN extends string,
  C extends object,
  CN extends string,
  D extends object,
  DN extends string,
>(
  a: Pattern<E, A, string, AN>,
  b: Pattern<E, B, string, BN> & Apart<BN, AN>,
  c: Pattern<E, C, string, CN> & Apart<CN, AN | BN>,
  d: Pattern<E, D, string, DN> & Apart<DN, AN | BN | CN>,
): Pattern<E, Flat<Either<A> & Either<B> & Either<C> & Either<D>>, never, AN | BN | CN | DN>
export function anyOf(...parts: readonly { readonly definition: PatternDefinition }[]): unknown {
  return chosen('any', parts)
}

/**
 * All of the sub-patterns, in any order, one after the other: the first event that begins one of those that are left decides
 * which is next. Events between them that begin none are passed over.
 *
 * @example
 * const delivered = allOf(
 *   pattern<Parcel>().begin('signed', (parcel) => parcel.kind === 'signed'),
 *   pattern<Parcel>().begin('photo', (parcel) => parcel.kind === 'photo'),
 * )
 * pattern<Parcel>().begin('sent', isSent).followedBy(delivered).within('1 day')
 */
export function allOf<E, A extends object, AN extends string, B extends object, BN extends string>(
  a: Pattern<E, A, string, AN>,
  b: Pattern<E, B, string, BN> & Apart<BN, AN>,
): Pattern<E, Flat<A & B>, never, AN | BN>
export function allOf<
  E,
  A extends object,
  AN extends string,
  B extends object,
  BN extends string,
  C extends object,
  CN extends string,
>(
  a: Pattern<E, A, string, AN>,
  b: Pattern<E, B, string, BN> & Apart<BN, AN>,
  c: Pattern<E, C, string, CN> & Apart<CN, AN | BN>,
): Pattern<E, Flat<A & B & C>, never, AN | BN | CN>
export function allOf<
  E,
  A extends object,
  AN extends string,
  B extends object,
  BN extends string,
  C extends object,
  CN extends string,
  D extends object,
  DN extends string,
>(
  a: Pattern<E, A, string, AN>,
  b: Pattern<E, B, string, BN> & Apart<BN, AN>,
  c: Pattern<E, C, string, CN> & Apart<CN, AN | BN>,
  d: Pattern<E, D, string, DN> & Apart<DN, AN | BN | CN>,
): Pattern<E, Flat<A & B & C & D>, never, AN | BN | CN | DN>
export function allOf(...parts: readonly { readonly definition: PatternDefinition }[]): unknown {
  return chosen('all', parts)
}

/** The choice as a pattern of one element; what is wrong with it is said when it is compiled. */
export function chosen(
  of: Choice['of'],
  parts: readonly { readonly definition: PatternDefinition }[],
): { readonly definition: PatternDefinition } {
  const choice: Choice = Object.freeze({ of, parts: Object.freeze(parts.map(({ definition }) => definition.elements)) })
  const element = Object.freeze({ choice, contiguity: 'begin', where: ALWAYS, quantifier: ONCE } as const)
  return Object.freeze({ definition: Object.freeze({ elements: Object.freeze([element]) }) })
}
