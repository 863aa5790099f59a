/** Broker addresses as users write them: `HOST:PORT`, `[IPv6]:PORT`, `HOST` (port 9092). */

import { LogError } from 'millrace/log'
import type { Broker } from './channel.ts'

const DEFAULT_PORT = 9092

/** @throws LogError `INVALID_BROKERS` that lists every address that is none. */
export function parseAddresses(addresses: readonly string[]): Broker[] {
  const problems: string[] = []
  const brokers: Broker[] = []
  for (const text of addresses.flatMap((each) => each.split(','))) {
    const match = /^(?:\[([^[\]]+)\]|([^[\]:\s]+))(?::(\d+))?$/.exec(text.trim())
    const port = match?.[3] === undefined ? DEFAULT_PORT : Number(match[3])
    if (match === null || port < 1 || port > 65_535) problems.push(`brokers: '${text}' is not HOST:PORT`)
    else brokers.push({ host: match[1] ?? match[2], port })
  }
  if (brokers.length === 0 && problems.length === 0) problems.push('brokers: give at least one HOST:PORT')
  if (problems.length > 0) throw new LogError('INVALID_BROKERS', problems.join('; '), { fatal: true })
  return brokers
}
