/**
 * The pipelines on Millrace; `../kafka-streams/src/main/java/bench/Pipelines.java` has the same ones.
 */

import {
  type BuiltTopology,
  bytes,
  joinWindows,
  json,
  type KGroupedStream,
  type KTable,
  StreamsBuilder,
  session,
  string,
  topic,
  tumbling,
} from 'millrace'
import type { AddPipeline } from './add-pipeline.ts'
import { jsonTopic } from './json-topic.ts'
import { NEXMARK_QUERIES } from './nexmark.ts'

interface Event {
  readonly id: number
  readonly user: string
  readonly amount: number
  readonly type: string
  readonly ts: number
  readonly region: string
}

interface User {
  readonly name: string
  readonly tier: number
}

const bytesTopic = (name: string) => topic(name, { key: string(), value: bytes() })
const users = (builder: StreamsBuilder, name: string): KTable<string, User> =>
  builder.table(jsonTopic<User>(name), { store: 'users' })
const grouped = (builder: StreamsBuilder, name: string): KGroupedStream<string, Uint8Array> =>
  builder.stream(bytesTopic(name)).groupByKey()
const withUser = (event: Event, user: User) => ({ ...event, user })

const TOPOLOGIES: Readonly<Record<string, AddPipeline>> = {
  p1: (builder, input, output) =>
    builder
      .stream(jsonTopic<Event>(input('events')))
      .filter(({ amount }) => amount < 500)
      .mapValues((event) => ({ ...event, cents: Math.round(event.amount * 100) }))
      .to(output, { value: json() }),
  p2: (builder, input, output) => grouped(builder, input('events')).count({ store: 'counts' }).toStream().to(output),
  p2l: (builder, input, output) =>
    grouped(builder, input('events-many-users')).count({ store: 'counts' }).toStream().to(output),
  p3: (builder, input, output) =>
    grouped(builder, input('events'))
      .windowedBy(tumbling('1 min', { grace: '10 s' }))
      .count({ store: 'counts' })
      .toStream()
      .to(output),
  p4: (builder, input, output) =>
    builder
      .stream(jsonTopic<Event>(input('events')))
      .join(users(builder, input('users')), withUser)
      .to(output, { value: json() }),
  p5: (builder, input, output) =>
    builder
      .stream(bytesTopic(input('left')))
      .join(builder.stream(bytesTopic(input('right'))), {
        join: (left, right): Uint8Array => Buffer.concat([left, right]),
        windows: joinWindows({ within: '5 s', grace: '10 s' }),
      })
      .to(output, { value: bytes() }),
  p6: (builder, input, output) =>
    builder
      .stream(jsonTopic<Event>(input('events')))
      .groupBy((event) => event.type + event.region, { key: string() })
      .count({ store: 'counts' })
      .toStream()
      .to(output),
  p7: (builder, input, output) =>
    grouped(builder, input('events')).windowedBy(session('30 s')).count({ store: 'counts' }).toStream().to(output),
  p8: (builder, input, output) =>
    builder
      .table(jsonTopic<Event>(input('orders')), { store: 'orders' })
      .join(users(builder, input('users')), {
        foreignKey: ({ user }) => user,
        join: withUser,
        store: 'joined',
        value: json<Event & { user: User }>(),
      })
      .toStream()
      .to(output),
  ...NEXMARK_QUERIES,
}

export function topologyOf(pipeline: string, inputPrefix: string, output: string): BuiltTopology {
  const builder = new StreamsBuilder()
  TOPOLOGIES[pipeline](builder, (name) => inputPrefix + name, output)
  return builder.build()
}
