/**
 * A TCP proxy in front of one broker that breaks connections on purpose: after it has passed on a request it may swallow the
 * answer and cut, so that the broker did what the client never hears of. A seed decides, so that a failure can be replayed.
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export interface FaultProxy {
  readonly port: number
  /** Answers swallowed so far. */
  readonly cuts: number
  /** Share of answers of these API keys that are swallowed; 0 heals. */
  failing: number
  close(): Promise<void>
}

export async function faultProxy(
  target: { host: string; port: number },
  apiKeys: ReadonlySet<number>,
  seed: number,
): Promise<FaultProxy> {
  const random = mulberry32(seed)
  const sockets = new Set<Socket>()
  const state = { cuts: 0, failing: 0 }
  const server: Server = createServer((client) => {
    const broker = connect(target.port, target.host)
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        broker.destroy()
      })
    }
    // A broker answers in order, so the oldest unanswered request is what an answer is for.
    const pending: number[] = []
    const requests = frames((frame) => {
      pending.push(frame.readInt16BE(4))
      broker.write(frame)
    })
    const answers = frames((frame) => {
      const apiKey = pending.shift() ?? -1
      if (apiKeys.has(apiKey) && random() < state.failing) {
        state.cuts++
        client.destroy()
      } else client.write(frame)
    })
    client.on('data', requests)
    broker.on('data', answers)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    get cuts() {
      return state.cuts
    },
    get failing() {
      return state.failing
    },
    set failing(share: number) {
      state.failing = share
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
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

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
