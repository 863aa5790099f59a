import { describe, expect, it } from 'vitest'
import { connectionError, protocolError } from './errors.ts'

describe('errors', () => {
  it("have Kafka's names", () => {
    expect([6, 14, 90, -1].map((code) => protocolError(code, 'x').code)).toEqual([
      'NOT_LEADER_OR_FOLLOWER',
      'COORDINATOR_LOAD_IN_PROGRESS',
      'PRODUCER_FENCED',
      'UNKNOWN_SERVER_ERROR',
    ])
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
