/** A request by the encoder and parser of @platformatic/kafka, its answer in the port's terms. */

import type { API, Connection } from '@platformatic/kafka'
import type { ConnectionRequest } from './channel.ts'
import { connectionError } from './errors.ts'

/** @param answerOf the port's answer to the library's, error codes in both. */
export function apiRequest<P extends unknown[], R, Answer>(
  api: API<P, R>,
  parameters: NoInfer<P>,
  answerOf: (response: R) => Answer,
): ConnectionRequest<Answer> {
  return {
    async on(connection) {
      return answerOf(await respond(connection, api, parameters))
    },
  }
}

/** The library throws answers with an error code in them. */
async function respond<P extends unknown[], R>(connection: Connection, api: API<P, R>, parameters: P): Promise<R> {
  try {
    return await api.async(connection, ...parameters)
  } catch (error) {
    const { response } = error as { response?: R }
    if (response !== undefined) return response
    throw connectionError(error, `request to ${connection.host}:${connection.port}`)
  }
}
