/** What `npm run chaos` is asked for. What is not there yet is refused by name, never ignored. */

import { parseArgs } from 'node:util'

export interface ChaosOptions {
  readonly guarantee: 'exactly_once' | 'at_least_once'
  readonly kills: number
  readonly seed: number
  readonly store: string
  /** Input records a second, over all topics. */
  readonly rate: number
  /** Static members come back with the instance id they had. Default: odd seeds. */
  readonly staticMembers: boolean
  /** A proxy delays, swallows and cuts what workers and brokers say. */
  readonly netFaults: boolean
  /** Keep the work folder (worker logs) after a run that passed. */
  readonly keep: boolean
}

const USAGE =
  'npm run chaos -- --log kafka --guarantee exactly_once|at_least_once --kills N --seed S [--rate N] [--store memory|NAME] ' +
  '[--members static|dynamic] [--net-faults] [--keep]'

/** @throws Error naming what is wrong and how to say it right. */
export function chaosOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      log: { type: 'string', default: 'kafka' },
      guarantee: { type: 'string', default: 'exactly_once' },
      kills: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      brokers: { type: 'string', default: '1' },
      'net-faults': { type: 'boolean', default: false },
      store: { type: 'string', default: 'memory' },
      rate: { type: 'string', default: '300' },
      members: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  })
  if (values.log !== 'kafka') throw new Error(`--log ${values.log}: only kafka can be tested so far.\n${USAGE}`)
  if (values.brokers !== '1')
    throw new Error(`--brokers ${values.brokers}: only 1 broker can be tested so far.\n${USAGE}`)
  if (values.guarantee !== 'exactly_once' && values.guarantee !== 'at_least_once') {
    throw new Error(`--guarantee ${values.guarantee}: exactly_once or at_least_once.\n${USAGE}`)
  }
  if (values.members !== undefined && values.members !== 'static' && values.members !== 'dynamic') {
    throw new Error(`--members ${values.members}: static or dynamic.\n${USAGE}`)
  }
  const seed = integer('seed', values.seed)
  return {
    guarantee: values.guarantee,
    kills: integer('kills', values.kills),
    seed,
    store: values.store,
    rate: integer('rate', values.rate),
    staticMembers: values.members === undefined ? seed % 2 === 1 : values.members === 'static',
    netFaults: values['net-faults'],
    keep: values.keep,
  }
}

function integer(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} ${text}: a whole number from 1.\n${USAGE}`)
  return value
}
