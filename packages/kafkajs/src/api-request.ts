/** A request by the encoder and decoder of kafkajs, its answer in the port's terms. */

import type { Api } from './apis.ts'
import type { WireRequest } from './channel.ts'
import { wireCall } from './kafkajs-internals.ts'

/** @param answerOf the port's answer to kafkajs's, error codes in both: kafkajs's own parser would throw them. */
export function apiRequest<P, R, Answer>(
  { name, version }: Api<P, R>,
  parameters: NoInfer<P>,
  answerOf: (response: R) => Answer,
): WireRequest<Answer> {
  const { request, response, requestTimeout } = wireCall(name, version, parameters)
  return {
    request,
    response: { decode: response.decode, parse: async (decoded) => decoded },
    answerOf,
    requestTimeout,
    logResponseError: false,
  }
}
