import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { murmur2, partitionFor, partitionForText } from './partitioner.ts'

describe('partitioner', () => {
  it('equals Kafka on the reference vectors', () => {
    // reference/kafka-streams.md 2.11, taken from Kafka itself; the last ones from Kafka's own UtilsTest.
    expect(murmur2(Buffer.from('a'))).toBe(-1563381124)
    expect(murmur2(Buffer.from(''))).toBe(275646681)
    expect(partitionFor(Buffer.from('a'), 10)).toBe(4)
    expect(partitionFor(Buffer.from(''), 10)).toBe(1)
    expect(partitionFor(Buffer.from('hello world 12345'), 10)).toBe(2)
    expect(murmur2(Buffer.from('21'))).toBe(-973932308)
    expect(murmur2(Buffer.from('foobar'))).toBe(-790332482)
    expect(murmur2(Buffer.from('a-little-bit-long-string'))).toBe(-985981536)
    expect(murmur2(Buffer.from('a-little-bit-longer-string'))).toBe(-1486304829)
    expect(murmur2(Buffer.from('lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8'))).toBe(-58897971)
    expect(murmur2(Buffer.from('abc'))).toBe(479470107)
  })

  it('reads a range of a larger buffer', () => {
    const bytes = Buffer.from('xxfoobaryyy')
    expect(murmur2(bytes, 2, 8)).toBe(-790332482)
    expect(partitionFor(bytes, 7, 2, 8)).toBe(partitionFor(Buffer.from('foobar'), 7))
  })

  it('puts text where its bytes would be, ASCII or not', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
    fc.assert(fc.property(text, (key) => partitionForText(key, 1009) === partitionFor(Buffer.from(key), 1009)))
  })
})
