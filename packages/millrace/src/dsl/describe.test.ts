import { describe, expect, it } from 'vitest'
import { StreamsBuilder } from './streams-builder.ts'

describe('describe()', () => {
  it('prints stream, map, to as Kafka Streams does', () => {
    const builder = new StreamsBuilder()
    builder
      .stream<string, string>('in')
      .map((value, key) => [value, key])
      .to('out')
    expect(builder.build().describe()).toBe(`Topologies:
   Sub-topology: 0
    Source: KSTREAM-SOURCE-0000000000 (topics: [in])
      --> KSTREAM-MAP-0000000001
    Processor: KSTREAM-MAP-0000000001 (stores: [])
      --> KSTREAM-SINK-0000000002
      <-- KSTREAM-SOURCE-0000000000
    Sink: KSTREAM-SINK-0000000002 (topic: out)
      <-- KSTREAM-MAP-0000000001

`)
  })
})
