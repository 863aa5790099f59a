/**
 * Serdes around an inner one that was not given: the app's default takes its place, but that is known only when a task is
 * made. Until then the serde is deferred; whoever is handed a serde by the plan resolves it first.
 */

import { SerdeError } from './errors.ts'
import type { Serde } from './serde.ts'

export interface DeferredSerde<T> extends Serde<T> {
  withDefault(inner: Serde<unknown>): Serde<T>
}

/** A serde that is made of the app's default one. */
export function deferSerde<T>(name: string, make: (inner: Serde<unknown>) => Serde<T>): DeferredSerde<T> {
  const unresolved = (): never => {
    throw new SerdeError(`${name} has no inner serde yet: call resolveSerde with the default one first.`)
  }
  return Object.freeze({ name, encode: unresolved, decode: unresolved, withDefault: make })
}

/** The serde to use: the given one, with the default inside where it needs one; the default where none is given. */
export function resolveSerde<T>(serde: Serde<T> | undefined, fallback: Serde<unknown>): Serde<T> {
  if (serde === undefined) return fallback as Serde<T>
  return 'withDefault' in serde ? (serde as DeferredSerde<T>).withDefault(fallback) : serde
}
