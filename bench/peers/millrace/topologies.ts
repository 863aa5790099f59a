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

type Add = (builder: StreamsBuilder, output: string) => void

const jsonTopic = <T>(name: string) => topic(name, { key: string(), value: json<T>() })
const bytesTopic = (name: string) => topic(name, { key: string(), value: bytes() })
const users = (builder: StreamsBuilder): KTable<string, User> =>
  builder.table(jsonTopic<User>('users'), { store: 'users' })
const grouped = (builder: StreamsBuilder, input: string): KGroupedStream<string, Uint8Array> =>
  builder.stream(bytesTopic(input)).groupByKey()
const withUser = (event: Event, user: User) => ({ ...event, user })

const TOPOLOGIES: Readonly<Record<string, Add>> = {
  p1: (builder, output) =>
    builder
      .stream(jsonTopic<Event>('events'))
      .filter(({ amount }) => amount < 500)
      .mapValues((event) => ({ ...event, cents: Math.round(event.amount * 100) }))
      .to(output, { value: json() }),
  p2: (builder, output) => grouped(builder, 'events').count({ store: 'counts' }).toStream().to(output),
  p2l: (builder, output) => grouped(builder, 'events-many-users').count({ store: 'counts' }).toStream().to(output),
  p3: (builder, output) =>
    grouped(builder, 'events')
      .windowedBy(tumbling('1 min', { grace: '10 s' }))
      .count({ store: 'counts' })
      .toStream()
      .to(output),
  p4: (builder, output) =>
    builder.stream(jsonTopic<Event>('events')).join(users(builder), withUser).to(output, { value: json() }),
  p5: (builder, output) =>
    builder
      .stream(bytesTopic('left'))
      .join(builder.stream(bytesTopic('right')), {
        join: (left, right): Uint8Array => Buffer.concat([left, right]),
        windows: joinWindows({ within: '5 s', grace: '10 s' }),
      })
      .to(output, { value: bytes() }),
  p6: (builder, output) =>
    builder
      .stream(jsonTopic<Event>('events'))
      .groupBy((event) => event.type + event.region, { key: string() })
      .count({ store: 'counts' })
      .toStream()
      .to(output),
  p7: (builder, output) =>
    grouped(builder, 'events').windowedBy(session('30 s')).count({ store: 'counts' }).toStream().to(output),
  p8: (builder, output) =>
    builder
      .table(jsonTopic<Event>('orders'), { store: 'orders' })
      .join(users(builder), {
        foreignKey: ({ user }) => user,
        join: withUser,
        store: 'joined',
        value: json<Event & { user: User }>(),
      })
      .toStream()
      .to(output),
}

export function topologyOf(pipeline: string, output: string): BuiltTopology {
  const builder = new StreamsBuilder()
  TOPOLOGIES[pipeline](builder, output)
  return builder.build()
}
