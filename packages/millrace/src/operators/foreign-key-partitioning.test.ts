import { string, TopologyError } from 'millrace'
import { describe, expect, it } from 'vitest'
import { otherPartitioning, responsePartitioning } from './foreign-key-partitioning.ts'

const response = { hash: null, value: 'v', primaryPartition: 5 }

describe('partitions of a foreign-key join', () => {
  it('sends a response to where its subscription came from', () => {
    expect(responsePartitioning(undefined, undefined)('t', Buffer.from('k'), response, 8)).toBe(5)
  })

  it('asks the left table’s partitioner, if it has one, with the key as the user knows it', () => {
    const byLength = responsePartitioning((_topic, key: string, partitions) => key.length % partitions, string())
    expect(byLength('t', Buffer.from('four'), response, 3)).toBe(1)
    expect(() => responsePartitioning((_topic, key: string) => key.length, undefined)).toThrow(TopologyError)
  })

  it('asks the right table’s partitioner for subscriptions, and takes one partition only', () => {
    expect(otherPartitioning(undefined)).toBeUndefined()
    const several = otherPartitioning((() => [1, 2]) as unknown as (topic: string, key: string) => number)
    expect(() => several?.('t', 'k', response, 3)).toThrow(/must give one partition/)
  })
})
