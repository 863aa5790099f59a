import { describe, expect, it } from 'vitest'
import { protocolErrors } from './errors.ts'

const protocolError = protocolErrors({
  nameOf: (code) => ({ 6: 'NOT_LEADER_OR_FOLLOWER', 10: 'MESSAGE_TOO_LARGE', 35: 'UNSUPPORTED_VERSION' })[code],
  oldestKafka: '1.2',
})

describe('errors', () => {
  it("carry Kafka's name, the coordinates and the remedy", () => {
    const error = protocolError(10, 'write to t-1', { topic: 't', partition: 1 })
    expect(error).toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      coordinates: { topic: 't', partition: 1 },
      retriable: false,
    })
    expect(error.message).toContain('max.message.bytes')
    expect(protocolError(6, 'fetch').retriable).toBe(true)
    expect(protocolError(47, 'write')).toMatchObject({ code: 'PRODUCER_FENCED', fatal: true })
  })

  it('name the oldest Kafka an adapter speaks with', () => {
    expect(protocolError(35, 'join').message).toBe('join: UNSUPPORTED_VERSION; this adapter needs Kafka 1.2 or newer')
  })

  it('have a code where the library knows no name', () => {
    expect(protocolError(1234, 'fetch')).toMatchObject({ code: 'ERROR_1234', retriable: false, fatal: false })
  })
})
