import { describe, expect, it } from 'vitest'
import { Headers } from '../record/headers.ts'
import { long } from '../record/serdes/long.ts'
import { string } from '../record/serdes/string.ts'
import { timeWindowed } from '../record/serdes/time-windowed.ts'
import { changeBuffer } from './change-buffer.ts'
import { testEnvironment } from './fixtures/environment.ts'
import type { BufferedChange, Eviction } from './time-ordered-buffer.ts'

describe('changeBuffer', () => {
  it('logs each dirty key once, in format 3, and a deletion for what it let go (vector suppress of formats.json)', () => {
    const keySerde = timeWindowed(string(), 10)
    const buffer = changeBuffer({ name: 'final-store', keySerde, valueSerde: long() }).build()
    const environment = testEnvironment()
    buffer.init(environment)
    const key = { key: 'a', window: { start: 0, end: 10 } }
    environment.at(3, 0)
    buffer.put(10, key, { newValue: 1, oldValue: 0 }, environment.context)
    expect(buffer.bytes).toBe(8 + 9 + 8 + 8 + 22)
    buffer.flushCache()
    environment.at(8, 1, new Headers().add('h', Buffer.from('1')))
    buffer.put(99, key, { newValue: 2, oldValue: 1 }, environment.context)
    expect(buffer.priorValueForBuffered(key)).toEqual({ defined: true, value: 0 })
    buffer.flushCache()
    buffer.flushCache()
    const evicted: Eviction<unknown, BufferedChange<number>>[] = []
    buffer.evictWhile(
      () => buffer.minTimestamp <= 10,
      (eviction) => evicted.push(eviction),
    )
    buffer.flushCache()
    expect(evicted.map(({ value, context }) => [value, context.timestamp, context.headers?.size])).toEqual([
      [{ newValue: 2, oldValue: 1 }, 8, 1],
    ])
    expect([buffer.records, buffer.bytes, buffer.minTimestamp]).toEqual([0, 0, Number.POSITIVE_INFINITY])
    expect(
      environment.logged.map(({ value, timestamp, headers }) => [
        value?.toString('hex') ?? null,
        timestamp,
        headers?.size,
      ]),
    ).toEqual([
      [
        '0000000000000003000000000000000000000002696e0000000000000000000000080000000000000000fffffffe000000080000000000000001000000000000000a',
        undefined,
        1,
      ],
      [
        '0000000000000008000000000000000100000002696e000000000000000100000001680000000131000000080000000000000000000000080000000000000001000000080000000000000002000000000000000a',
        undefined,
        1,
      ],
      [null, undefined, undefined],
    ])
  })

  it('lets go in the order of time, then key bytes; what is replaced keeps its place', () => {
    const buffer = changeBuffer<string, string>({ name: 's' }).build()
    const environment = testEnvironment()
    buffer.init(environment)
    const put = (time: number, key: string): void =>
      buffer.put(time, key, { newValue: `${key}${time}`, oldValue: null }, environment.context)
    put(5, 'b')
    put(5, 'a')
    put(3, 'z')
    put(9, 'b')
    const order: (string | null)[] = []
    buffer.evictWhile(
      () => buffer.records > 0,
      ({ value }) => order.push(value.newValue),
    )
    expect(order).toEqual(['z3', 'a5', 'b9'])
  })

  it('forgets at a rollback what changed since the commit', () => {
    const buffer = changeBuffer<string, string>({ name: 's' }).build()
    const environment = testEnvironment()
    buffer.init(environment)
    buffer.put(1, 'kept', { newValue: 'x', oldValue: null }, environment.context)
    buffer.flushCache()
    buffer.commit(1)
    const { bytes } = buffer
    buffer.put(2, 'kept', { newValue: 'changed', oldValue: 'x' }, environment.context)
    buffer.put(2, 'new', { newValue: 'y', oldValue: null }, environment.context)
    buffer.evictWhile(
      () => buffer.records > 1,
      () => {},
    )
    buffer.rollback()
    expect([buffer.records, buffer.bytes, buffer.minTimestamp]).toEqual([1, bytes, 1])
    buffer.flushCache()
    expect(environment.logged.length).toBe(1)
  })
})
