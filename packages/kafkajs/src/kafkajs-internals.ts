/**
 * The parts of kafkajs 2.2.4 that this adapter stands on, with types: they are not in its public interface, so the version
 * is pinned exactly, and this is the only file that names them.
 *
 * Connections (framing, TLS, SASL with re-authentication), the wire formats of requests and answers, and the error table are
 * kafkajs's. Its clients are not used: they retry, cache and print on their own.
 */

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** One protocol call as kafkajs's connections take it. */
export interface WireCall<T> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<WireEncoder>
  }
  readonly response: { decode(payload: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<T> }
  readonly requestTimeout?: number
  readonly logResponseError?: boolean
}

export interface WireEncoder {
  writeInt8(value: number): WireEncoder
  writeInt16(value: number): WireEncoder
  writeInt32(value: number): WireEncoder
  writeInt64(value: string): WireEncoder
  writeUVarInt(value: number): WireEncoder
  writeUVarIntString(value: string | null): WireEncoder
  writeString(value: string | null): WireEncoder
  writeBytes(value: Buffer): WireEncoder
}

export interface WireRequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

export interface WireSocket {
  destroy(): void
  once(event: 'close', listener: () => void): unknown
}

export type WireSocketFactory = (options: unknown) => WireSocket

export interface WireConnection {
  readonly socket?: WireSocket
  socketFactory: WireSocketFactory
  readonly requestQueue: WireRequestQueue
  isConnected(): boolean
  send<T>(call: WireCall<T>): Promise<T>
  rejectRequests(error: Error): void
}

export interface WireConnectionPool {
  readonly pool: readonly WireConnection[]
}

export interface WireBroker {
  readonly connectionPool: WireConnectionPool
  isConnected(): boolean
  connect(): Promise<void>
  disconnect(): Promise<void>
}

export interface WireConnectionPoolBuilder {
  build(address: { host: string; port: number }): Promise<WireConnectionPool>
}

interface WireDefinition {
  protocol(options: { version: number }): (parameters: unknown) => WireCall<unknown>
}

type WireLogger = object

export const Broker: new (options: {
  connectionPool: WireConnectionPool
  logger: WireLogger
  authenticationTimeout: number
  allowAutoTopicCreation: boolean
}) => WireBroker = require('kafkajs/src/broker')

export const connectionPoolBuilder: (
  options: Record<string, unknown>,
) => WireConnectionPoolBuilder = require('kafkajs/src/cluster/connectionPoolBuilder')

export const socketFactory: () => WireSocketFactory = require('kafkajs/src/network/socketFactory')

export const Encoder: new (initialSize?: number) => WireEncoder = require('kafkajs/src/protocol/encoder')

/** kafkajs's checksum of record batches, CRC-32C, in plain JavaScript. */
export const crc32c: (bytes: Uint8Array) => number = require('kafkajs/src/protocol/recordBatch/crc32C')

export const errorCodes: readonly { readonly type: string; readonly code: number }[] =
  require('kafkajs/src/protocol/error').errorCodes

const { requests }: { requests: Readonly<Record<string, WireDefinition>> } = require('kafkajs/src/protocol/requests')
const { createLogger }: { createLogger(options: object): WireLogger } = require('kafkajs/src/loggers')

/** kafkajs prints what it also throws; here what is thrown is enough. */
export const silentLogger: WireLogger = createLogger({ level: 0, logCreator: () => () => {} })

/** A request by its name in kafkajs and its version. */
export function wireCall(name: string, version: number, parameters: unknown): WireCall<unknown> {
  return requests[name].protocol({ version })(parameters)
}
