import { describe, expect, it } from 'vitest'
import { protocolTypeOf } from './protocol-type.ts'

function subscription(version: number, topic: string, userData: string): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt16BE(version, 0)
  head.writeInt32BE(1, 2)
  head.writeInt16BE(topic.length, 6)
  const length = Buffer.alloc(4)
  length.writeInt32BE(userData.length)
  const owned = version === 0 ? Buffer.alloc(0) : Buffer.alloc(4)
  return Buffer.concat([head, Buffer.from(topic), length, Buffer.from(userData), owned])
}

describe('protocolTypeOf', () => {
  it("calls what brokers can read a consumer's", () => {
    expect(protocolTypeOf(subscription(0, 'orders', 'x'))).toBe('consumer')
    expect(protocolTypeOf(subscription(1, 'orders', ''))).toBe('consumer')
  })

  it('does not promise it of other bytes', () => {
    expect(protocolTypeOf(Buffer.from('subscription'))).toBe('millrace')
    expect(protocolTypeOf(Buffer.from(Array.from({ length: 256 }, (_, n) => n)))).toBe('millrace')
    expect(protocolTypeOf(Buffer.alloc(0))).toBe('millrace')
    expect(protocolTypeOf(Buffer.concat([subscription(1, 'orders', 'x'), Buffer.from([1])]))).toBe('millrace')
    expect(protocolTypeOf(subscription(1, 'orders', 'x').subarray(0, 12))).toBe('millrace')
  })
})
