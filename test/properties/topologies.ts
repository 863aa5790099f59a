/** The topologies that the properties are tried on, small, each with the stateful operator it is named after. */

import {
  type BuiltTopology,
  hopping,
  joinWindows,
  json,
  type Serde,
  StreamsBuilder,
  session,
  sessionWindowed,
  sliding,
  string,
  timeWindowed,
  topic,
  tumbling,
  untilWindowCloses,
} from 'millrace'

export const left: ReturnType<typeof topic<string, string>> = topic('left', { key: string(), value: string() })
export const right: ReturnType<typeof topic<string, string>> = topic('right', { key: string(), value: string() })

export interface Subject {
  readonly name: string
  /** Two inputs are in step only while their times grow: a task takes the record with the lowest time. */
  readonly inputs: 1 | 2
  /**
   * Rows take the highest time of the updates they were made of. A record cache above them leaves updates out, so that with one
   * their time may be another, as in Kafka Streams.
   */
  readonly cacheChangesTimes?: boolean
  /**
   * A row that comes and goes between two flushes of the record cache is no update, although the other side of a join may have
   * met it meanwhile: the result then stays, as in Kafka Streams (docs/differences.md).
   */
  readonly cacheHidesDeletions?: boolean
  /**
   * What is late depends on the stream time that the operator has seen. It forgets that when it starts again, and a cached put
   * is judged at its flush: as in Kafka Streams. So only batches and commits do not matter.
   */
  readonly dropsLate?: boolean
  /** A changelog that is written at commits, so that it depends on them: that of a suppress buffer, as in Kafka Streams. */
  readonly writtenAtCommits?: string
  readonly build: () => BuiltTopology
}

/** Longer than the times in a test: nothing is late. Operators forget their stream time when they start again. */
const grace = '1 hour'
const text: Serde<string> = string()

function built(define: (builder: StreamsBuilder) => void): () => BuiltTopology {
  return () => {
    const builder = new StreamsBuilder()
    define(builder)
    return builder.build()
  }
}

export const subjects: readonly Subject[] = [
  {
    name: 'count by another key',
    inputs: 1,
    build: built((builder) =>
      builder
        .stream(left)
        .groupBy((value) => value)
        .count({ store: 'counts' })
        .toStream()
        .to(topic('out', { key: text, value: json<number>() })),
    ),
  },
  {
    name: 'windowed count',
    inputs: 1,
    build: built((builder) =>
      builder
        .stream(left)
        .groupByKey()
        .windowedBy(hopping(20, { advance: 10, grace }))
        .count({ store: 'counts' })
        .toStream()
        .to(topic('out', { key: timeWindowed(text, 20), value: json<number>() })),
    ),
  },
  {
    name: 'windowed reduction',
    inputs: 1,
    build: built((builder) =>
      builder
        .stream(left)
        .filter((value) => value !== null)
        .groupByKey()
        .windowedBy(tumbling(15, { grace }))
        .reduce((one, other) => one + other, { store: 'joined' })
        .toStream()
        .to(topic('out', { key: timeWindowed(text, 15), value: text })),
    ),
  },
  {
    name: 'sessions',
    inputs: 1,
    build: built((builder) =>
      builder
        .stream(left)
        .groupByKey()
        .windowedBy(session(10, { grace }))
        .aggregate({
          init: () => 0,
          add: (sum) => sum + 1,
          merge: (one, other) => one + other,
          store: 'sessions',
        })
        .toStream()
        .to(topic('out', { key: sessionWindowed(text), value: json<number>() })),
    ),
  },
  {
    name: 'table aggregate',
    inputs: 1,
    cacheChangesTimes: true,
    build: built((builder) =>
      builder
        .table(left, { store: 'rows' })
        .groupBy((value, key) => [value, key])
        .aggregate({
          init: () => '',
          add: (keys, key) => [...keys, key].sort().join(''),
          // No holder, no row: with a record cache a row may never be there that without one comes and goes.
          subtract: (keys, key) => keys.replace(key, '') || null,
          store: 'holders',
        })
        .toStream()
        .to(topic('out', { key: text, value: json<string>() })),
    ),
  },
  {
    name: 'stream–stream join',
    inputs: 2,
    build: built((builder) =>
      builder
        .stream(left)
        .join(builder.stream(right), { join: (a, b) => `${a}${b}`, windows: joinWindows({ within: 15, grace }) })
        .to(topic('out', { key: text, value: text })),
    ),
  },
  {
    name: 'table–table join',
    inputs: 2,
    cacheChangesTimes: true,
    cacheHidesDeletions: true,
    build: built((builder) =>
      builder
        .table(left, { store: 'left-rows' })
        .outerJoin(builder.table(right, { store: 'right-rows' }), (a, b) => `${a}${b}`, {
          store: 'joined',
          value: text,
        })
        .toStream()
        .to(topic('out', { key: text, value: text })),
    ),
  },
  {
    name: 'foreign-key join',
    inputs: 2,
    cacheChangesTimes: true,
    cacheHidesDeletions: true,
    build: built((builder) =>
      builder
        .table(left, { store: 'left-rows' })
        .leftJoin(builder.table(right, { store: 'right-rows' }), {
          foreignKey: (value) => value,
          join: (a, b) => `${a}${b}`,
          store: 'joined',
          value: text,
        })
        .toStream()
        .to(topic('out', { key: text, value: text })),
    ),
  },
  {
    name: 'windowed count with late records',
    inputs: 1,
    dropsLate: true,
    build: built((builder) =>
      builder
        .stream(left)
        .groupByKey()
        .windowedBy(tumbling(10, { grace: 5 }))
        .count({ store: 'counts' })
        .toStream()
        .to(topic('out', { key: timeWindowed(text, 10), value: json<number>() })),
    ),
  },
  {
    name: 'sliding windows, final results only',
    inputs: 1,
    dropsLate: true,
    build: built((builder) =>
      builder
        .stream(left)
        .groupByKey()
        .windowedBy(sliding(10, { grace: 5 }), { emit: 'onWindowClose' })
        .count({ store: 'counts' })
        .toStream()
        .to(topic('out', { key: timeWindowed(text, 10), value: json<number>() })),
    ),
  },
  {
    name: 'sessions under suppress',
    inputs: 1,
    dropsLate: true,
    writtenAtCommits: 'app-final-store-changelog',
    build: built((builder) =>
      builder
        .stream(left)
        .groupByKey()
        .windowedBy(session(5, { grace: 5 }))
        .count({ store: 'sessions' })
        .suppress(untilWindowCloses(), { name: 'final' })
        .toStream()
        .to(topic('out', { key: sessionWindowed(text), value: json<number>() })),
    ),
  },
  {
    name: 'outer join of streams',
    inputs: 2,
    dropsLate: true,
    build: built((builder) =>
      builder
        .stream(left)
        .outerJoin(builder.stream(right), {
          join: (a, b) => `${a}${b}`,
          windows: joinWindows({ within: 10, grace: 5 }),
        })
        .to(topic('out', { key: text, value: text })),
    ),
  },
]
