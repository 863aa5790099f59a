/**
 * Operators as a task runs them: the columns of 20,000 records over 10,000 keys in, output counted, one commit at the end.
 * Time goes on from one round to the next, so that windows close and expire. Values stay text, so that no JSON hides the
 * operator; each row has the cost of "source alone" in it.
 */

import { joinWindows, type KStream, StreamsBuilder, session, string, topic, tumbling } from 'millrace'
import { events } from './events.ts'
import type { Suite } from './measurement.ts'
import { type BenchTaskOptions, benchTask, columnsOf } from './task.ts'

const RECORDS = 20_000
const KEYS = 10_000
const CACHE = { cacheMaxBytes: 100e6 }

type Text = KStream<string, string>

export async function operators(suite: Suite): Promise<void> {
  const input = topic('in', { key: string(), value: string() })
  const right = topic('right', { key: string(), value: string() })

  const run = async (
    name: string,
    add: (stream: Text, builder: StreamsBuilder) => void,
    options: BenchTaskOptions = {},
    topics: readonly string[] = ['in'],
  ): Promise<void> => {
    if (!suite.wants(name)) return
    const batch = columnsOf([...events(RECORDS, KEYS)])
    const builder = new StreamsBuilder()
    add(builder.stream(input), builder)
    const { feed, task } = benchTask(builder.build(), options)
    // A table is there before what is joined with it; streams that are joined come in turn.
    for (const name of topics.slice(1)) feed(name, batch)
    const measured = topics.length > 1 && name.startsWith('stream–stream') ? topics : ['in']
    await suite.measure(name, RECORDS * measured.length, () => {
      for (let row = 0; row < RECORDS; row++) batch.timestamps[row] += RECORDS
      for (const name of measured) feed(name, batch)
    })
    task.close(true)
  }

  await suite.group('Operators in a task, stateless, a record', async () => {
    await run('source alone', (stream) => stream.foreach(() => {}))
    await run('filter, half pass', (stream) => stream.filter((value) => value.length % 2 === 0))
    await run('filter, all pass', (stream) => stream.filter(() => true))
    await run('map', (stream) => stream.map((value, key) => [key, value]))
    await run('mapValues', (stream) => stream.mapValues((value) => value))
    await run('flatMap to two', (stream) =>
      stream.flatMap((value, key) => [
        [key, value],
        [key, value],
      ]),
    )
    await run('flatMapValues to two', (stream) => stream.flatMapValues((value) => [value, value]))
    await run('selectKey', (stream) => stream.selectKey((value) => value))
    await run('peek', (stream) => stream.peek(() => {}))
    await run('split in two', (stream) =>
      stream
        .split()
        .branch((value) => value.length % 2 === 0, { name: 'even' })
        .defaultBranch({ name: 'odd' }),
    )
    await run('process', (stream) =>
      stream.process<string, string>(() => ({
        process() {},
      })),
    )
    await run('merge with itself filtered', (stream) => stream.merge(stream.filter(() => true)))
    await run('to a topic', (stream) => stream.to('out'))
  })

  await suite.group('Operators in a task, with state, a record', async () => {
    for (const [suffix, options] of [
      ['', {}],
      [', record cache', CACHE],
    ] as const) {
      await run(`count${suffix}`, (stream) => stream.groupByKey().count(), options)
      await run(`reduce${suffix}`, (stream) => stream.groupByKey().reduce((_, value) => value), options)
      await run(
        `windowed count${suffix}`,
        (stream) =>
          stream
            .groupByKey()
            .windowedBy(tumbling('1 min', { grace: '10 s' }))
            .count(),
        options,
      )
      await run(
        `session count${suffix}`,
        (stream) =>
          stream
            .groupByKey()
            .windowedBy(session('1 s', { grace: '10 s' }))
            .count(),
        options,
      )
      await run(`table${suffix}`, (stream) => stream.toTable({ store: 'table' }), options)
    }
    await run('count to a topic', (stream) => stream.groupByKey().count().toStream().to('out'))
    await run(
      'stream–table join',
      (stream, builder) => stream.join(builder.table(right), (value, row) => value + row),
      {},
      ['in', 'right'],
    )
    await run(
      'stream–stream join, within 100 ms',
      (stream, builder) =>
        stream.join(builder.stream(right), {
          join: (value, other) => value + other,
          windows: joinWindows({ within: '100 ms', grace: 0 }),
        }),
      {},
      ['in', 'right'],
    )
  })
}
