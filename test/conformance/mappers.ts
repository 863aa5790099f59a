/**
 * The catalogue's mappers, selectors and predicates (FORMAT.md, Functions). A null value gives null without looking
 * further unless it is said otherwise.
 */

import {
  call,
  first,
  type Json,
  type Reference,
  text,
  textOrNull,
  unknownFunction,
  type ValueType,
  words,
} from './values.ts'

export interface Typed<F> {
  readonly fn: F
  readonly out: ValueType
}

type ValueMapper = (key: unknown, value: unknown) => unknown

const upperAscii = (whole: string): string => whole.replace(/[a-z]/g, (letter) => letter.toUpperCase())

export function valueMapper(reference: Reference, input: ValueType): Typed<ValueMapper> {
  const { name, args } = call(reference)
  const ofValue = (out: ValueType, fn: (value: never) => unknown): Typed<ValueMapper> => ({
    out,
    fn: (_key, value) => (value === null ? null : fn(value as never)),
  })
  switch (name) {
    case 'identity':
      return ofValue(input, (value) => value)
    case 'upper':
      return ofValue('string', (value) => upperAscii(text(value)))
    case 'reverse':
      return ofValue('string', (value) => text(value).split('').reverse().join(''))
    case 'suffix':
      return ofValue('string', (value) => text(value) + args[0])
    case 'text':
      return ofValue('string', (value) => text(value))
    case 'withKey':
      return { out: 'string', fn: (key, value) => `${text(key)}:${text(value)}` }
    case 'orElse':
      return { out: 'string', fn: (_key, value) => (value === null ? args[0] : text(value)) }
    case 'length':
      return ofValue('long', (value) => text(value).length)
    case 'parse':
      return ofValue('long', (value) => (/^-?[0-9]{1,15}$/.test(text(value)) ? Number(text(value)) + 0 : null))
    case 'negate':
      return ofValue('long', (value: number) => 0 - value)
    case 'plus':
      return ofValue('long', (value: number) => value + (args[0] as number))
    case 'wrap':
      return { out: 'json', fn: (key, value) => ({ k: textOrNull(key), v: value as Json }) }
    case 'unwrap':
      return ofValue('string', (value: Json) =>
        typeof value === 'object' && value !== null && !Array.isArray(value) && 'v' in value
          ? textOrNull((value as { v: Json }).v)
          : text(value),
      )
    case 'nullIfContains':
      return ofValue(input, (value) => (text(value).includes(args[0] as string) ? null : value))
    default:
      return unknownFunction('value mapper', name)
  }
}

export function flatValueMapper(
  reference: Reference,
  input: ValueType,
): Typed<(key: unknown, value: unknown) => unknown[]> {
  const { name } = call(reference)
  switch (name) {
    case 'splitWords':
      return { out: 'string', fn: (_key, value) => words(value) }
    case 'chars':
      return { out: 'string', fn: (_key, value) => (value === null ? [] : text(value).split('')) }
    case 'twice':
      return { out: input, fn: (_key, value) => [value, value] }
    case 'none':
      return { out: input, fn: () => [] }
    default:
      return unknownFunction('flat value mapper', name)
  }
}

type Pair = [key: string | null, value: unknown]

export function pairMapper(reference: Reference, input: ValueType): Typed<(key: unknown, value: unknown) => Pair> {
  const { name, args } = call(reference)
  switch (name) {
    case 'swap':
      return { out: 'string', fn: (key, value) => [textOrNull(value), textOrNull(key)] }
    case 'rekey': {
      const select = selector(args[0] as Reference)
      return { out: input, fn: (key, value) => [select(key, value), value] }
    }
    case 'rekeyUpper':
      return {
        out: 'string',
        fn: (_key, value) => [first(value), value === null ? null : upperAscii(text(value))],
      }
    default:
      return unknownFunction('pair mapper', name)
  }
}

export function flatMapper(reference: Reference, input: ValueType): Typed<(key: unknown, value: unknown) => Pair[]> {
  const { name } = call(reference)
  switch (name) {
    case 'words':
      return { out: 'string', fn: (key, value) => words(value).map((word): Pair => [word, textOrNull(key)]) }
    case 'dup':
      return {
        out: input,
        fn: (key, value) => [
          [textOrNull(key), value],
          [textOrNull(key), value],
        ],
      }
    case 'both':
      return {
        out: input,
        fn: (key, value) => [
          [textOrNull(key), value],
          [textOrNull(value), value],
        ],
      }
    case 'nothing':
      return { out: input, fn: () => [] }
    default:
      return unknownFunction('flat mapper', name)
  }
}

export function selector(reference: Reference): (key: unknown, value: unknown) => string | null {
  const { name, args } = call(reference)
  switch (name) {
    case 'firstChar':
      return (_key, value) => first(value)
    case 'firstWord':
      return (_key, value) => words(value)[0] ?? null
    case 'value':
      return (_key, value) => textOrNull(value)
    case 'keyText':
      return (key) => textOrNull(key)
    case 'keyPrefix':
      return (key) => textOrNull(key)?.slice(0, args[0] as number) ?? null
    case 'constant':
      return () => args[0] as string
    default:
      return unknownFunction('key selector', name)
  }
}

export function predicate(reference: Reference): (key: unknown, value: unknown) => boolean {
  const { name, args } = call(reference)
  switch (name) {
    case 'all':
      return () => true
    case 'none':
      return () => false
    case 'valueNotNull':
      return (_key, value) => value !== null
    case 'keyNotNull':
      return (key) => key !== null
    case 'lengthEven':
      return (_key, value) => value !== null && text(value).length % 2 === 0
    case 'contains':
      return (_key, value) => value !== null && text(value).includes(args[0] as string)
    case 'keyIn':
      return (key) => key !== null && args.includes(text(key))
    case 'even':
      return (_key, value) => typeof value === 'number' && value % 2 === 0
    case 'greaterThan':
      return (_key, value) => typeof value === 'number' && value > (args[0] as number)
    default:
      return unknownFunction('predicate', name)
  }
}

export function topicExtractor(reference: Reference): (key: unknown) => string {
  const { name, args } = call(reference)
  return name === 'byKey' ? (key) => args[0] + text(key) : unknownFunction('topic extractor', name)
}
