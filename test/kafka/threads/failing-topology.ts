/**
 * A topology for worker threads that fails as long as a file is there: loaded by each thread from this module's URL. The
 * environment names the topics and the file: it reaches threads, and this thread where the test runner loads modules its own way.
 */

import { existsSync } from 'node:fs'
import { type BuiltTopology, long, StreamsBuilder, string, topic } from 'millrace'

const { words, counts, marker } = JSON.parse(process.env.FAILING_TOPOLOGY ?? '{}')
const builder = new StreamsBuilder()
builder
  .stream(topic(words, { key: string(), value: string() }))
  .peek((word) => {
    if (word === 'poison' && existsSync(marker)) throw new RangeError('poison')
  })
  .groupByKey()
  .count({ store: 'counts' })
  .toStream()
  .to(topic(counts, { key: string(), value: long() }))

export const topology: BuiltTopology = builder.build()
