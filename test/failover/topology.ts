/** Counts records by key; each result says when its record was sent. The values of the input are those times. */

import { type BuiltTopology, json, StreamsBuilder, string, topic } from 'millrace'
import { type Counted, INPUT, OUTPUT } from './settings.ts'

const input = topic(INPUT, { key: string(), value: json<number>() })
const output = topic(OUTPUT, { key: string(), value: json<Counted>() })

const builder = new StreamsBuilder()
builder
  .stream(input)
  .groupByKey()
  .aggregate({
    init: (): Counted => ({ n: 0, sentMs: 0 }),
    add: ({ n }, sentMs) => ({ n: n + 1, sentMs }),
    store: 'counts',
    value: json<Counted>(),
  })
  .toStream()
  .to(output)

const topology: BuiltTopology = builder.build()
export default topology
