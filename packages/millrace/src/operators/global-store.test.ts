import { type KeyValueStore, keyValueStore, type Processor, type StreamRecord, string } from 'millrace'
import { describe, expect, it } from 'vitest'
import { left, output, right, TwoInputs } from './fixtures/two-inputs.ts'

type Rows = KeyValueStore<string, string>

/** Keeps each value of the store's topic, in upper case. */
const filling = (): Processor<string, string, never, never> => {
  let rows: Rows
  return {
    init(context) {
      rows = context.store('rows')
    },
    process({ key, value }) {
      rows.put(key, value?.toUpperCase() ?? null)
    },
  }
}

/** Forwards what the store has for the key. */
const reading = (): Processor<string, string, string, string> => {
  let rows: Rows
  let forward: (record: StreamRecord<string, string>) => void
  return {
    init(context) {
      rows = context.store('rows')
      forward = (record) => context.forward(record)
    },
    process(record) {
      forward(record.withValue(rows.get(record.key) ?? 'none'))
    },
  }
}

const rowsStore = keyValueStore<string, string>({
  name: 'rows',
  keySerde: string(),
  valueSerde: string(),
  logging: false,
})

describe('stores filled from a topic', () => {
  it('a global store is read by any processor', () => {
    using tested = new TwoInputs((builder) => {
      builder.addGlobalStore(rowsStore, right, filling)
      builder.stream(left).process(reading).to(output)
    })
    expect(tested.feed(['left', 'a', 'l', 1], ['right', 'a', 'r', 2], ['left', 'a', 'l', 3])).toEqual([
      ['a', 'none', 1],
      ['a', 'R', 3],
    ])
  })

  it('a read-only store is read by processors connected to it, and has no changelog', () => {
    using tested = new TwoInputs((builder) => {
      builder.addReadOnlyStateStore(rowsStore, right, filling)
      builder
        .stream(left)
        .process(reading, { stores: ['rows'] })
        .to(output)
    })
    expect(tested.feed(['right', 'a', 'r', 1], ['left', 'a', 'l', 2])).toEqual([['a', 'R', 2]])
    expect(tested.driver.producedTopics().filter((topic) => topic.endsWith('-changelog'))).toEqual([])
  })
})
