/**
 * The types of conformance cases (FORMAT.md, Types): keys, values, their text and their serdes.
 */

import { json, long, type Serde, sessionWindowed, string, timeWindowed, type Windowed } from 'millrace'

export type ValueType = 'string' | 'long' | 'json'
export type KeyType =
  | { readonly kind: 'string' }
  | { readonly kind: 'time'; readonly size: number }
  | { readonly kind: 'session' }

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type CaseKey = string | null | Windowed<string>

/** A function of the catalogue as a case names it: a name, or a name and its arguments. */
export type Reference = string | readonly [string, ...unknown[]]

export interface Call {
  readonly name: string
  readonly args: readonly unknown[]
}

export function call(reference: Reference): Call {
  return typeof reference === 'string'
    ? { name: reference, args: [] }
    : { name: reference[0], args: reference.slice(1) }
}

export function unknownFunction(kind: string, name: string): never {
  throw new Error(`unknown ${kind} ${name}`)
}

export function valueSerde(type: ValueType): Serde<unknown> {
  if (type === 'string') return string() as Serde<unknown>
  return (type === 'long' ? long() : json({ sortKeys: true })) as Serde<unknown>
}

export function keySerde(type: KeyType): Serde<unknown> {
  if (type.kind === 'time') return timeWindowed(string(), type.size) as Serde<unknown>
  return (type.kind === 'session' ? sessionWindowed(string()) : string()) as Serde<unknown>
}

function isWindowed(value: object): value is Windowed<string> {
  return 'window' in value && 'key' in value
}

/** JSON without spaces, object keys sorted by UTF-16 code unit. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = value as Record<string, Json>
    const names = Object.keys(fields).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(fields[name])}`).join(',')}}`
  }
  return JSON.stringify(value)
}

/** FORMAT.md's s(x). */
export function text(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return value
  if (typeof value === 'object' && isWindowed(value)) {
    return `${text(value.key)}@${value.window.start}-${value.window.end}`
  }
  return canonical(value as Json)
}

/** FORMAT.md's p(x). */
export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : text(value)
}

export function first(value: unknown): string | null {
  const whole = textOrNull(value)
  return whole === null || whole === '' ? null : whole[0]
}

export function words(value: unknown): string[] {
  const whole = textOrNull(value)
  return whole === null ? [] : whole.split(' ').filter((word) => word !== '')
}
