/**
 * The pipelines the peers are compared on: what each reads, and how its result is judged. What each does is in
 * `millrace/topologies.ts` and `kafka-streams/src/main/java/bench/Pipelines.java`; the two must stay the same.
 */

import type { InputName } from './inputs.ts'

export interface Pipeline {
  readonly name: string
  /** `own`: the project's, p1 to p8. */
  readonly group: PipelineGroup
  readonly title: string
  readonly inputs: readonly InputName[]
  /**
   * `table`: peers write as many updates of a key as they like, the last of each must be equal. `records`: all output must
   * be equal, in any order. `sums`: of windows by processing time, only the sum of a key's counts over all its windows.
   */
  readonly result: ResultKind
  /** `json`: equal as JSON, for 15.0 and 15 are one number. */
  readonly values: ResultValues
  /** `timing`: how many updates are written depends, even without caches, on which of two inputs is read first. */
  readonly updates?: 'timing'
}

export type PipelineGroup = 'own' | 'nexmark'
export type ResultKind = 'table' | 'records' | 'sums'
export type ResultValues = 'json' | 'bytes'

export const PIPELINES: readonly Pipeline[] = [
  {
    name: 'p1',
    group: 'own',
    title: 'parse JSON, filter, add a field, write',
    inputs: ['events'],
    result: 'records',
    values: 'json',
  },
  { name: 'p2', group: 'own', title: 'count by key', inputs: ['events'], result: 'table', values: 'bytes' },
  {
    name: 'p2l',
    group: 'own',
    title: 'count by key, 2 M keys',
    inputs: ['events-many-users'],
    result: 'table',
    values: 'bytes',
  },
  { name: 'p3', group: 'own', title: 'count by key and minute', inputs: ['events'], result: 'table', values: 'bytes' },
  {
    name: 'p4',
    group: 'own',
    title: 'join with a table of 100 k users',
    inputs: ['events', 'users'],
    result: 'records',
    values: 'json',
  },
  {
    name: 'p5',
    group: 'own',
    title: 'join of two streams within 5 s',
    inputs: ['left', 'right'],
    result: 'records',
    values: 'bytes',
  },
  { name: 'p6', group: 'own', title: 're-key and count', inputs: ['events'], result: 'table', values: 'bytes' },
  { name: 'p7', group: 'own', title: 'sessions, gap 30 s', inputs: ['events'], result: 'table', values: 'bytes' },
  {
    name: 'p8',
    group: 'own',
    title: 'foreign-key join of two tables',
    inputs: ['orders', 'users'],
    result: 'table',
    values: 'json',
    updates: 'timing',
  },
  query('q0', 'bids, unchanged', ['bids'], 'records'),
  query('q1', 'bids in another currency', ['bids'], 'records'),
  query('q2', 'bids on some auctions', ['bids'], 'records'),
  { ...query('q3', 'auctions of a category by persons of three states', ['auctions', 'persons']), updates: 'timing' },
  query('q4', 'average of the highest bids of a category', ['bids', 'auctions']),
  query('q5', 'auctions with most bids, in hopping windows', ['bids']),
  query('q6', "average of a seller's last ten auctions", ['bids', 'auctions']),
  query('q7', 'highest bids of ten seconds', ['bids']),
  { ...query('q8', 'persons who sell in the ten seconds they are new', ['persons', 'auctions']), updates: 'timing' },
  { ...query('q11', 'bids by bidder and session', ['bids']), values: 'bytes', updates: 'timing' },
  {
    ...query('q12', 'bids by bidder and ten seconds of processing time', ['bids'], 'sums'),
    values: 'bytes',
    updates: 'timing',
  },
]

/** One of Nexmark's. */
function query(name: string, title: string, inputs: readonly InputName[], result: ResultKind = 'table'): Pipeline {
  return { name, group: 'nexmark', title, inputs, result, values: 'json' }
}

/** @throws Error listing the names there are. */
export function pipelineNamed(name: string): Pipeline {
  const found = PIPELINES.find((pipeline) => pipeline.name === name)
  if (found !== undefined) return found
  throw new Error(`no pipeline ${name}; there are ${PIPELINES.map((pipeline) => pipeline.name).join(', ')}`)
}

/** Names of pipelines, in which the name of a group stands for all of it. @throws Error listing the names there are. */
export function pipelinesNamed(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const ofGroup = PIPELINES.filter(({ group }) => group === name)
    return ofGroup.length > 0 ? ofGroup.map((pipeline) => pipeline.name) : [pipelineNamed(name).name]
  })
}
