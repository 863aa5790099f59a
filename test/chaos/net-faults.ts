/**
 * TCP proxies, one in front of each broker, that hurt the requests exactly once depends on: an answer is late, is swallowed (the
 * broker did what the client never hears of), or the connection is cut before or after the broker has acted. Workers are sent
 * through them; the input and the verifier are not.
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { below, type Random } from './random.ts'

/** API keys: Produce, JoinGroup, SyncGroup, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit, OffsetCommit. */
const HURT = new Set([0, 11, 14, 24, 25, 26, 28, 8])
const LONGEST_DELAY_MS = 1500
/** A connection whose answer was swallowed is found dead after this. */
const SILENCE_MS = 2500

export type Fault = 'delayed' | 'swallowed' | 'cut before' | 'cut after'

/** Shares of the requests that are hurt. */
const SHARES: readonly (readonly [Fault, number])[] = [
  ['delayed', 0.02],
  ['cut after', 0.01],
  ['cut before', 0.005],
  ['swallowed', 0.005],
]

export class NetFaults {
  readonly #random: Random
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  /** Where a broker is reached, by its `HOST:PORT`. */
  readonly ports: Record<string, number> = {}
  readonly counts: Record<Fault, number> = { delayed: 0, swallowed: 0, 'cut before': 0, 'cut after': 0 }
  #healed = false

  constructor(random: Random) {
    this.#random = random
  }

  async start(brokers: readonly string[]): Promise<void> {
    for (const broker of brokers) {
      const [host, port] = broker.split(':')
      const server = createServer((client) => this.#join(client, connect(Number(port), host)))
      this.#servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      this.ports[broker] = (server.address() as AddressInfo).port
    }
  }

  /** From now on everything passes. */
  heal(): void {
    this.#healed = true
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }

  #join(client: Socket, broker: Socket): void {
    const cut = (): void => {
      client.destroy()
      broker.destroy()
    }
    for (const socket of [client, broker]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        cut()
      })
    }
    // A broker answers in order, so the oldest unanswered request is what an answer is for.
    const pending: (Fault | undefined)[] = []
    let answered: Promise<unknown> = Promise.resolve()
    client.on(
      'data',
      frames((frame) => {
        const fault = this.#choose(frame.readInt16BE(4))
        if (fault === 'cut before') return cut()
        pending.push(fault)
        broker.write(frame)
      }),
    )
    broker.on(
      'data',
      frames((frame) => {
        const fault = pending.shift()
        if (fault === 'cut after') return cut()
        if (fault === 'swallowed') {
          setTimeout(cut, SILENCE_MS)
          answered = new Promise(() => {})
        }
        if (fault === 'delayed') answered = answered.then(() => later(below(this.#random, LONGEST_DELAY_MS)))
        // The copy: what comes next overwrites the socket's buffer while this one waits.
        const answer = Buffer.from(frame)
        answered = answered.then(() => client.destroyed || client.write(answer))
      }),
    )
  }

  #choose(apiKey: number): Fault | undefined {
    if (this.#healed || !HURT.has(apiKey)) return undefined
    let chance = this.#random()
    for (const [fault, share] of SHARES) {
      if (chance < share) {
        this.counts[fault]++
        return fault
      }
      chance -= share
    }
    return undefined
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Cuts a stream into Kafka's frames: a length of 4 bytes, then as many. */
function frames(take: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      take(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }
}
