/** A request whose bytes are written, and whose answer is parsed, by us instead of by the library: record batches stay bytes. */

import type { Connection, Reader, Writer } from '@platformatic/kafka'
import type { AnswerBuffer, AnswerBuffers } from './answer-buffers.ts'
import type { ConnectionRequest } from './channel.ts'
import { connectionError } from './errors.ts'

export interface RawRequest<Answer> {
  readonly key: number
  readonly version: number
  payload(): Writer
  parse(body: Buffer, whole?: AnswerBuffer): Answer
  /** Where the answer is put together. Default: in a new buffer. */
  readonly buffers?: AnswerBuffers | undefined
}

export function rawRequest<Answer>(request: RawRequest<Answer>): ConnectionRequest<Answer> {
  return { on: (connection) => send(connection, request) }
}

function send<Answer>(connection: Connection, request: RawRequest<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    connection.send(
      request.key,
      request.version,
      () => request.payload(),
      (_correlationId: number, _key: number, _version: number, { buffer, position }: Reader) => {
        if (request.buffers === undefined) return request.parse(buffer.slice(position))
        const whole = request.buffers.gather(buffer.buffers, position, buffer.length - position)
        return request.parse(whole.bytes, whole)
      },
      true,
      true,
      (error: Error | null, answer?: Answer) => {
        if (error === null || error === undefined) resolve(answer as Answer)
        else reject(connectionError(error, `request to ${connection.host}:${connection.port}`))
      },
    )
  })
}
