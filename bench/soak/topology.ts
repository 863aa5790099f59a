/**
 * What runs for half an hour: a count in windows that expire every few seconds, a table of users, and a join with it. More keys than
 * the record cache holds, so that it evicts all the time.
 */

import { type BuiltTopology, json, long, StreamsBuilder, string, timeWindowed, topic, tumbling } from 'millrace'

export const PARTITIONS = 4
export const WINDOW_MS = 10_000
/** Windows are kept for this long; a run of minutes sees many come and go. */
const RETENTION_MS = 60_000
export const INPUTS: string[] = ['clicks', 'users']
export const OUTPUTS: string[] = ['clicks-per-window', 'clicks-per-user', 'clicks-with-users']

export interface Click {
  readonly page: number
}

export interface User {
  readonly version: number
}

const builder = new StreamsBuilder()
const clicks = builder.stream(topic('clicks', { key: string(), value: json<Click>() }))
const users = builder.table(topic('users', { key: string(), value: json<User>() }), { store: 'users' })

clicks
  .groupByKey()
  .windowedBy(tumbling(WINDOW_MS, { grace: 5000 }))
  .count({ store: 'per-window', retention: RETENTION_MS })
  .toStream()
  .to(topic('clicks-per-window', { key: timeWindowed(string(), WINDOW_MS), value: long() }))
clicks
  .groupByKey()
  .count({ store: 'per-user' })
  .toStream()
  .to(topic('clicks-per-user', { key: string(), value: long() }))
clicks
  .join(users, (click, user) => ({ page: click.page, version: user.version }))
  .to(topic('clicks-with-users', { key: string(), value: json<{ page: number; version: number }>() }))

export const topology: BuiltTopology = builder.build()
