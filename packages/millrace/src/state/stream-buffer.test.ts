import { describe, expect, it } from 'vitest'
import { batchOf, testEnvironment } from './fixtures/environment.ts'
import { streamBuffer } from './stream-buffer.ts'

describe('streamBuffer', () => {
  it('logs every record and every eviction (vector streamTableBuffer of formats.json)', () => {
    const builder = streamBuffer<string, string>({ name: 'late-Buffer', graceMs: 5, serdeTopic: 'late' })
    const buffer = builder.build()
    const environment = testEnvironment()
    buffer.init(environment)
    environment.at(3, 0)
    expect(buffer.put('a', 'x', environment.context)).toBe(true)
    environment.at(3, 1)
    expect(buffer.put('a', 'y', environment.context)).toBe(true)
    expect([buffer.records, buffer.minTimestamp]).toEqual([2, 3])
    expect(environment.logged.map(({ key, value }) => [key.toString('hex'), value?.toString('hex')])).toEqual([
      [
        '0000000000000000036100000001',
        '0000000000000003000000000000000000000002696e0000000000000000ffffffffffffffff00000001780000000000000000',
      ],
      [
        '0000000000000000036100000002',
        '0000000000000003000000000000000100000002696e0000000000000000ffffffffffffffff00000001790000000000000000',
      ],
    ])
    const restored = builder.build()
    restored.init(testEnvironment())
    restored.restore(batchOf(environment.logged))
    expect([restored.records, restored.bytes, restored.minTimestamp]).toEqual([2, buffer.bytes, 3])

    environment.at(8, 2)
    buffer.put('b', 'z', environment.context)
    const evicted: unknown[] = []
    buffer.evictWhile(
      () => true,
      ({ key, value, context }) => evicted.push([key, value, context.timestamp, context.offset]),
    )
    expect(evicted).toEqual([
      ['a', 'x', 3, 0],
      ['a', 'y', 3, 1],
    ])
    expect([buffer.records, buffer.minTimestamp]).toEqual([1, 8])
    expect(environment.logged.slice(3).map(({ key, value }) => [key.toString('hex'), value])).toEqual([
      ['0000000000000000036100000001', null],
      ['0000000000000000036100000002', null],
    ])
    environment.at(2, 3)
    expect(buffer.put('late', 'x', environment.context)).toBe(false)
  })
})
