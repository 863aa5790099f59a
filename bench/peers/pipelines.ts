/**
 * The pipelines the peers are compared on: what each reads, and how its result is judged. What each does is in
 * `millrace/topologies.ts` and `kafka-streams/src/main/java/bench/Pipelines.java`; the two must stay the same.
 */

import type { InputName } from './inputs.ts'

export interface Pipeline {
  readonly name: string
  readonly title: string
  readonly inputs: readonly InputName[]
  /**
   * `table`: peers write as many updates of a key as they like, the last of each must be equal. `records`: all output must
   * be equal, in any order.
   */
  readonly result: ResultKind
  /** `json`: equal as JSON, for 15.0 and 15 are one number. */
  readonly values: ResultValues
}

export type ResultKind = 'table' | 'records'
export type ResultValues = 'json' | 'bytes'

export const PIPELINES: readonly Pipeline[] = [
  {
    name: 'p1',
    title: 'parse JSON, filter, add a field, write',
    inputs: ['events'],
    result: 'records',
    values: 'json',
  },
  { name: 'p2', title: 'count by key', inputs: ['events'], result: 'table', values: 'bytes' },
  { name: 'p2l', title: 'count by key, 2 M keys', inputs: ['events-many-users'], result: 'table', values: 'bytes' },
  { name: 'p3', title: 'count by key and minute', inputs: ['events'], result: 'table', values: 'bytes' },
  {
    name: 'p4',
    title: 'join with a table of 100 k users',
    inputs: ['events', 'users'],
    result: 'records',
    values: 'json',
  },
  {
    name: 'p5',
    title: 'join of two streams within 5 s',
    inputs: ['left', 'right'],
    result: 'records',
    values: 'bytes',
  },
  { name: 'p6', title: 're-key and count', inputs: ['events'], result: 'table', values: 'bytes' },
  { name: 'p7', title: 'sessions, gap 30 s', inputs: ['events'], result: 'table', values: 'bytes' },
  { name: 'p8', title: 'foreign-key join of two tables', inputs: ['orders', 'users'], result: 'table', values: 'json' },
]

/** @throws Error listing the names there are. */
export function pipelineNamed(name: string): Pipeline {
  const found = PIPELINES.find((pipeline) => pipeline.name === name)
  if (found !== undefined) return found
  throw new Error(`no pipeline ${name}; there are ${PIPELINES.map((pipeline) => pipeline.name).join(', ')}`)
}
