/** A request by the encoder and parser of @platformatic/kafka, its answer in the port's terms. */

import type { API, Connection } from '@platformatic/kafka'
import type { ConnectionRequest } from './channel.ts'
import { connectionError } from './errors.ts'

/** @param answerOf the port's answer to the library's, error codes in both. */
export function apiRequest<Parameters extends unknown[], Response, Answer>(
  api: API<Parameters, Response>,
  parameters: NoInfer<Parameters>,
  answerOf: (response: Response) => Answer,
): ConnectionRequest<Answer> {
  return {
    async on(connection) {
      return answerOf(await respond(connection, api, parameters))
    },
  }
}

/** The library throws answers with an error code in them. */
async function respond<Parameters extends unknown[], Response>(
  connection: Connection,
  api: API<Parameters, Response>,
  parameters: Parameters,
): Promise<Response> {
  try {
    return await api.async(connection, ...parameters)
  } catch (error) {
    const { response } = error as { response?: Response }
    if (response !== undefined) return response
    throw connectionError(error, `request to ${connection.host}:${connection.port}`)
  }
}
