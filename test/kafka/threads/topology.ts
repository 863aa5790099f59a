/**
 * The topology of the worker-thread test: loaded by each thread from this module's URL, which names the topics.
 */

import { type BuiltTopology, long, StreamsBuilder, string, topic } from 'millrace'

const parameters = new URL(import.meta.url).searchParams
const builder = new StreamsBuilder()
builder
  .stream(topic(parameters.get('words') ?? '', { key: string(), value: string() }))
  .groupBy((word) => word)
  .count({ store: 'counts' })
  .toStream()
  .to(topic(parameters.get('counts') ?? '', { key: string(), value: long() }))

export const topology: BuiltTopology = builder.build()
