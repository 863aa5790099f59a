import { describe, expect, it } from 'vitest'
import { LogError, StreamsError } from '../record/errors.ts'
import { remedyFor } from './remedy.ts'

const logError = (code: string, options = {}): LogError => new LogError(code, code, options)

describe('remedyFor', () => {
  it('joins again where membership is gone, and starts over where the end of a transaction is unknown', () => {
    expect(remedyFor(logError('ILLEGAL_GENERATION'))).toBe('rejoin')
    expect(remedyFor(logError('UNKNOWN_MEMBER_ID'))).toBe('rejoin')
    expect(remedyFor(logError('TRANSACTION_STATE_UNKNOWN'))).toBe('start-over')
    expect(remedyFor(logError('PRODUCER_FENCED', { fatal: true }))).toBe('start-over')
    expect(remedyFor(logError('NETWORK', { retriable: true }))).toBe('start-over')
  })

  it('looks at what made a transaction abortable', () => {
    const abortable = (cause: Error): LogError => logError('TRANSACTION_ABORTABLE', { cause })
    expect(remedyFor(abortable(logError('ILLEGAL_GENERATION')))).toBe('rejoin')
    expect(remedyFor(abortable(logError('MESSAGE_TOO_LARGE')))).toBe('fail')
  })

  it('lets errors of records and of configuration through', () => {
    expect(remedyFor(new StreamsError('MILLRACE_PROCESSING', 'a record'))).toBe('fail')
    expect(remedyFor(logError('FENCED_INSTANCE_ID', { fatal: true }))).toBe('fail')
    expect(remedyFor(logError('AUTHORIZATION_FAILED'))).toBe('fail')
  })
})
