/**
 * How @platformatic/kafka names Kafka's errors, and how a connection that was lost or refused looks there.
 *
 * No secret may get into a message: of the library's connection errors only the message text is kept.
 */

import { type ProtocolError, protocolErrors } from '@millrace/kafka-client'
import { protocolErrorsCodesById } from '@platformatic/kafka'
import { LogError } from 'millrace/log'

export const protocolError: ProtocolError = protocolErrors({
  nameOf: (code) => protocolErrorsCodesById[code as keyof typeof protocolErrorsCodesById],
  oldestKafka: '3.3',
})

/**
 * A request that got no answer (`CONNECTION_LOST`: it may have been executed) or no connection (`CONNECT_FAILED`: it was
 * not sent). Retriable unless the credentials or TLS settings are wrong.
 */
export function connectionError(error: unknown, doing: string, name = 'CONNECTION_LOST'): LogError {
  // The library wraps what happened on a connection in an error of the network.
  const refused = findCode(error, 'PLT_KFK_AUTHENTICATION')
  if (refused !== undefined) {
    return new LogError('AUTHENTICATION_FAILED', `${doing}: ${refused.message} Check the sasl options.`, {
      fatal: true,
    })
  }
  const misused = findCode(error, 'PLT_KFK_USER')
  if (misused !== undefined) return new LogError('CONNECTION_REFUSED', `${doing}: ${misused.message}`, { fatal: true })
  return new LogError(name, `${doing}: ${rootMessage(error)}`, { retriable: true })
}

function findCode(error: unknown, code: string): Error | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ((at as { code?: string }).code === code) return at
  }
  return undefined
}

function rootMessage(error: unknown): string {
  const texts: string[] = []
  for (let at = error; at instanceof Error && texts.length < 4; at = at.cause) {
    const nested = at instanceof AggregateError ? at.errors.map((each) => rootMessage(each)).join('; ') : ''
    texts.push(nested === '' ? at.message : `${at.message} (${nested})`)
  }
  return texts.join(': ')
}
