/**
 * What is measured, as the layers above a byte store do it: reads look at the changes since the last commit first, a commit
 * writes them in one batch with an offset. Keys are byte strings of 10 bytes, values 8 bytes (a count).
 */

import type { ByteStore, ByteStringAccess } from 'millrace/state'

/** Changes in a batch: what a worker at 10,000 updates a commit hands over. */
const BATCH = 10_000
const WINDOW_MS = 60_000
const WINDOWS = 20
const WINDOW_KEYS = 20_000

export interface Measured {
  readonly operations: number
  readonly seconds: number
  /** The longest commit, ms. */
  readonly longestWriteMs: number
}

export interface Workload {
  readonly title: string
  /** Keys begin with a segment. Default false. */
  readonly segmented?: boolean
  prepare?(store: ByteStore): void
  run(store: ByteStore): Measured
}

/** Numbers that look random and are the same in each run. */
function generator(): (below: number) => number {
  let state = 88_172_645
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const keyOf = (index: number): string => `us-${String(index).padStart(7, '0')}`

class Session {
  readonly #strings: ByteStringAccess
  readonly #changes = new Map<string, Uint8Array | null>()
  #offset = 0
  longestWriteMs = 0

  constructor(store: ByteStore) {
    if (store.strings === undefined) throw new Error(`${store.name} has no byte strings`)
    this.#strings = store.strings
  }

  get(key: string): Uint8Array | null | undefined {
    return this.#changes.get(key) ?? this.#strings.getString(key)
  }

  put(key: string, value: Uint8Array): void {
    this.#changes.set(key, value)
    if (this.#changes.size >= BATCH) this.commit()
  }

  commit(): void {
    const start = performance.now()
    this.#strings.writeStrings(this.#changes, ++this.#offset)
    this.#changes.clear()
    this.longestWriteMs = Math.max(this.longestWriteMs, performance.now() - start)
  }
}

function timed(operations: number, session: Session, run: () => void): Measured {
  const start = performance.now()
  run()
  session.commit()
  return { operations, seconds: (performance.now() - start) / 1000, longestWriteMs: session.longestWriteMs }
}

function load(store: ByteStore, keys: number): void {
  const session = new Session(store)
  for (let index = 0; index < keys; index++) session.put(keyOf((index * 7_919) % keys), Buffer.alloc(8))
  session.commit()
}

function readModifyWrite(keys: number, operations: number): Workload {
  return {
    title: `read-modify-write, ${keys.toLocaleString('en')} keys`,
    prepare: (store) => load(store, keys),
    run(store) {
      const random = generator()
      const session = new Session(store)
      return timed(operations, session, () => {
        for (let index = 0; index < operations; index++) {
          const key = keyOf(random(keys))
          const count = session.get(key)
          const next = Buffer.allocUnsafe(8)
          next.writeDoubleBE((count == null ? 0 : Buffer.from(count.buffer, count.byteOffset, 8).readDoubleBE(0)) + 1)
          session.put(key, next)
        }
      })
    },
  }
}

/** A window store's key: segment, key, window start, sequence. */
function windowKey(window: number, key: number): string {
  const time = Buffer.alloc(20)
  time.writeBigUInt64BE(BigInt(window >> 1), 0)
  time.writeBigUInt64BE(BigInt(window * WINDOW_MS), 8)
  return time.toString('latin1', 0, 8) + keyOf(key) + time.toString('latin1', 8)
}

function segmentStart(segment: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(segment))
  return bytes
}

const windowPuts: Workload = {
  title: 'window puts, expiring by segment',
  segmented: true,
  run(store) {
    const random = generator()
    const session = new Session(store)
    const operations = WINDOWS * WINDOW_KEYS
    return timed(operations, session, () => {
      for (let window = 0; window < WINDOWS; window++) {
        for (let index = 0; index < WINDOW_KEYS; index++)
          session.put(windowKey(window, random(WINDOW_KEYS)), Buffer.alloc(8))
        if (window % 2 !== 0 || window < 6) continue
        session.commit()
        const start = performance.now()
        store.deleteRange(segmentStart(0), segmentStart((window >> 1) - 2))
        session.longestWriteMs = Math.max(session.longestWriteMs, performance.now() - start)
      }
    })
  },
}

const rangeFetches: Workload = {
  title: 'range fetches of 10 entries',
  prepare(store) {
    load(store, 200_000)
    // An order is made at the first range of the store in memory: not what is measured.
    for (const _ of store.range({ to: Buffer.from(keyOf(1)) })) break
  },
  run(store) {
    const random = generator()
    const operations = 50_000
    const session = new Session(store)
    let entries = 0
    const measured = timed(operations, session, () => {
      for (let index = 0; index < operations; index++) {
        const at = 10_000 + random(80_000)
        const [from, to] = [keyOf(at), keyOf(at + 10)]
        for (const _ of store.strings?.rangeStrings(from, to, false) ?? []) entries++
      }
    })
    if (entries !== operations * 10) throw new Error(`${entries} entries found`)
    return measured
  },
}

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  'rmw-100k': readModifyWrite(100_000, 500_000),
  'rmw-2m': readModifyWrite(2_000_000, 500_000),
  windows: windowPuts,
  ranges: rangeFetches,
}
