import { describe, expect, it } from 'vitest'
import { connectionError, protocolError } from './errors.ts'

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

  it('keep messages of the client, and nothing else of what it throws', () => {
    const thrown = Object.assign(new Error('SASL authentication failed.'), {
      code: 'PLT_KFK_AUTHENTICATION',
      options: { password: 'hunter2' },
    })
    const error = connectionError(new Error('Connection failed.', { cause: thrown }), 'connect to h:1')
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', fatal: true, retriable: false })
    expect(error.cause).toBeUndefined()
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('hunter2')
  })

  it('name the root of a failed connection', () => {
    const error = connectionError(
      new Error('Connection failed.', { cause: new Error('ECONNREFUSED') }),
      'connect',
      'CONNECT_FAILED',
    )
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', retriable: true })
    expect(error.message).toContain('ECONNREFUSED')
  })
})
