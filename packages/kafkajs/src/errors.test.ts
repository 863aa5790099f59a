import { describe, expect, it } from 'vitest'
import { connectionError, protocolError } from './errors.ts'

describe('errors', () => {
  it("have Kafka's names where kafkajs has others or none", () => {
    expect([6, 14, 15, 16, 90, -1].map((code) => protocolError(code, 'x').code)).toEqual([
      'NOT_LEADER_OR_FOLLOWER',
      'COORDINATOR_LOAD_IN_PROGRESS',
      'COORDINATOR_NOT_AVAILABLE',
      'NOT_COORDINATOR',
      'PRODUCER_FENCED',
      'UNKNOWN_SERVER_ERROR',
    ])
  })

  it('keep messages of the client, and nothing else of what it throws', () => {
    const thrown = Object.assign(new Error('SASL PLAIN authentication failed'), { options: { password: 'hunter2' } })
    thrown.name = 'KafkaJSSASLAuthenticationError'
    const error = connectionError(thrown, 'connect to h:1')
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', fatal: true, retriable: false })
    expect(error.cause).toBeUndefined()
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('hunter2')
    expect(connectionError(new Error('ECONNREFUSED'), 'connect', 'CONNECT_FAILED')).toMatchObject({
      code: 'CONNECT_FAILED',
      retriable: true,
    })
  })
})
