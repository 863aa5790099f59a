/**
 * The catalogue's initialisers, aggregators, reducers, mergers and joiners (FORMAT.md, Functions).
 */

import type { Typed } from './mappers.ts'
import { call, type Json, type Reference, text, unknownFunction, type ValueType } from './values.ts'

type Tally = { readonly [name: string]: number }

export function initializer(reference: Reference): Typed<() => unknown> {
  const { name } = call(reference)
  switch (name) {
    case 'empty':
      return { out: 'string', fn: () => '' }
    case 'zero':
      return { out: 'long', fn: () => 0 }
    case 'emptyObject':
      return { out: 'json', fn: () => ({}) }
    case 'nullText':
      return { out: 'string', fn: () => null }
    default:
      return unknownFunction('initializer', name)
  }
}

const without = (whole: string, part: string): string => {
  const at = whole.indexOf(part)
  return at < 0 ? whole : whole.slice(0, at) + whole.slice(at + part.length)
}

const tallied = (tally: Tally, name: string, by: number): Tally => {
  const count = (tally[name] ?? 0) + by
  const { [name]: _old, ...others } = tally
  return count === 0 ? others : { ...others, [name]: count }
}

export function aggregator(reference: Reference): (key: unknown, value: unknown, aggregate: unknown) => unknown {
  const { name, args } = call(reference)
  const asText = (aggregate: unknown): string => (aggregate === null ? '' : (aggregate as string))
  const asNumber = (aggregate: unknown): number => (aggregate === null ? 0 : (aggregate as number))
  const asTally = (aggregate: unknown): Tally => (aggregate === null ? {} : (aggregate as Tally))
  switch (name) {
    case 'append':
      return (_key, value, aggregate) => `${asText(aggregate)}${text(value)},`
    case 'unappend':
      return (_key, value, aggregate) => without(asText(aggregate), `${text(value)},`)
    case 'appendUnless':
      return (_key, value, aggregate) => (text(value) === args[0] ? null : `${asText(aggregate)}${text(value)},`)
    case 'last':
      return (_key, value) => text(value)
    case 'keep':
      return (_key, _value, aggregate) => aggregate
    case 'sum':
      return (_key, value, aggregate) => asNumber(aggregate) + asNumber(value)
    case 'subtract':
      return (_key, value, aggregate) => asNumber(aggregate) - asNumber(value)
    case 'max':
      return (_key, value, aggregate) => Math.max(asNumber(aggregate), asNumber(value))
    case 'sumLength':
      return (_key, value, aggregate) => asNumber(aggregate) + text(value).length
    case 'subtractLength':
      return (_key, value, aggregate) => asNumber(aggregate) - text(value).length
    case 'tally':
      return (_key, value, aggregate) => tallied(asTally(aggregate), text(value), 1)
    case 'untally':
      return (_key, value, aggregate) => tallied(asTally(aggregate), text(value), -1)
    default:
      return unknownFunction('aggregator', name)
  }
}

export function reducer(reference: Reference): (older: unknown, newer: unknown) => unknown {
  const { name, args } = call(reference)
  const number = (value: unknown): number => (value === null ? 0 : (value as number))
  switch (name) {
    case 'concat':
      return (a, b) => text(a) + text(b)
    case 'removeText':
      return (a, b) => without(text(a), text(b))
    case 'first':
      return (a) => a
    case 'last':
      return (_a, b) => b
    case 'maxText':
      return (a, b) => (text(a) >= text(b) ? a : b)
    case 'nullOn':
      return (_a, b) => (text(b) === args[0] ? null : b)
    case 'sum':
      return (a, b) => number(a) + number(b)
    case 'subtract':
      return (a, b) => number(a) - number(b)
    case 'max':
      return (a, b) => Math.max(number(a), number(b))
    default:
      return unknownFunction('reducer', name)
  }
}

export function merger(reference: Reference): (key: unknown, a: unknown, b: unknown) => unknown {
  const { name } = call(reference)
  switch (name) {
    case 'concat':
      return (_key, a, b) => `${a}${b}`
    case 'sum':
      return (_key, a, b) => (a as number) + (b as number)
    case 'max':
      return (_key, a, b) => Math.max(a as number, b as number)
    case 'mergeTally':
      return (_key, a, b) => {
        let merged = a as Tally
        for (const [field, count] of Object.entries(b as Tally)) merged = tallied(merged, field, count)
        return merged
      }
    default:
      return unknownFunction('merger', name)
  }
}

export function joiner(
  reference: Reference,
  left: ValueType,
  right: ValueType,
): Typed<(key: unknown, left: unknown, right: unknown) => unknown> {
  const { name } = call(reference)
  switch (name) {
    case 'concat':
      return { out: 'string', fn: (_key, l, r) => `${text(l)}+${text(r)}` }
    case 'keyed':
      return { out: 'string', fn: (key, l, r) => `${text(key)}:${text(l)}+${text(r)}` }
    case 'nullIfEqual':
      return { out: 'string', fn: (_key, l, r) => (text(l) === text(r) ? null : `${text(l)}+${text(r)}`) }
    case 'sum':
      return { out: 'long', fn: (_key, l, r) => ((l as number | null) ?? 0) + ((r as number | null) ?? 0) }
    case 'left':
      return { out: left, fn: (_key, l) => l }
    case 'right':
      return { out: right, fn: (_key, _l, r) => r }
    case 'pair':
      return { out: 'json', fn: (_key, l, r) => ({ l: l as Json, r: r as Json }) }
    default:
      return unknownFunction('joiner', name)
  }
}
