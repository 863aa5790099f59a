/**
 * The command line of `npm start`.
 */

import { parseArgs } from 'node:util'

export interface Options {
  /** `HOST:PORT` list; undefined: the embedded log. */
  readonly brokers: readonly string[] | undefined
  readonly workers: number
  readonly json: boolean
  readonly prefix: string | undefined
  readonly keep: boolean
  readonly rate: number | undefined
}

const USAGE = `usage: npm start -- [options]
  --json               print one JSON document on stdout, nothing else there
  --brokers HOST:PORT  run on Kafka instead of the embedded log (a comma separates several)
  --workers N          share the partitions among N workers: processes with --brokers (default 1)
  --prefix P           before all topic names and the application id (default: fresh for each run on Kafka)
  --keep               leave topics and committed offsets on the cluster
  --rate R             produce R events a second
`

export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        brokers: { type: 'string' },
        workers: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        prefix: { type: 'string' },
        keep: { type: 'boolean', default: false },
        rate: { type: 'string' },
      },
    })
    const workers = positive('--workers', values.workers, true)
    const rate = values.rate === undefined ? undefined : positive('--rate', values.rate, false)
    return { ...values, workers, rate, brokers: values.brokers?.split(',') } as Options
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    process.exit(2)
  }
}

function positive(flag: string, text: string, integer: boolean): number {
  const value = Number(text)
  if (value > 0 && (!integer || Number.isInteger(value))) return value
  throw new RangeError(`${flag} must be a positive ${integer ? 'integer' : 'number'}, not ${text}`)
}
