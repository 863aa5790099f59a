/** What `npm run chaos` is asked for. What is not there yet is refused by name, never ignored. */

import { parseArgs } from 'node:util'

export interface ChaosOptions {
  readonly log: 'kafka' | 'kafkajs'
  readonly guarantee: 'exactly_once' | 'at_least_once'
  readonly kills: number
  readonly seed: number
  readonly store: string
  /** With 3, brokers are killed too. */
  readonly brokers: 1 | 3
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
  'npm run chaos -- --log kafka|kafkajs --guarantee exactly_once|at_least_once --kills N --seed S [--rate N] [--store memory|NAME] ' +
  '[--members static|dynamic] [--brokers 1|3] [--net-faults] [--keep]'

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
      store: { type: 'string', default: 'lmdb' },
      rate: { type: 'string', default: '300' },
      members: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  })
  if (values.log !== 'kafka' && values.log !== 'kafkajs') {
    throw new Error(`--log ${values.log}: kafka or kafkajs.\n${USAGE}`)
  }
  if (values.log === 'kafkajs' && values.members === 'static') {
    throw new Error(`--log kafkajs has no static members.\n${USAGE}`)
  }
  if (values.brokers !== '1' && values.brokers !== '3')
    throw new Error(`--brokers ${values.brokers}: 1 or 3.\n${USAGE}`)
  if (values.guarantee !== 'exactly_once' && values.guarantee !== 'at_least_once') {
    throw new Error(`--guarantee ${values.guarantee}: exactly_once or at_least_once.\n${USAGE}`)
  }
  if (values.members !== undefined && values.members !== 'static' && values.members !== 'dynamic') {
    throw new Error(`--members ${values.members}: static or dynamic.\n${USAGE}`)
  }
  const seed = integer('seed', values.seed)
  return {
    log: values.log,
    brokers: values.brokers === '3' ? 3 : 1,
    guarantee: values.guarantee,
    kills: integer('kills', values.kills),
    seed,
    store: values.store,
    rate: integer('rate', values.rate),
    staticMembers:
      values.members === undefined ? values.log === 'kafka' && seed % 2 === 1 : values.members === 'static',
    netFaults: values['net-faults'],
    keep: values.keep,
  }
}

function integer(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} ${text}: a whole number from 1.\n${USAGE}`)
  return value
}
