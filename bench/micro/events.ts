/**
 * The input of the benches: events as in the peers' comparison, a 10-byte key, about 101 bytes of JSON, timestamps 1 ms
 * apart, from a seeded generator, so that two runs read the same bytes.
 */

export interface Event {
  readonly id: number
  readonly user: string
  readonly amount: number
  readonly type: string
  readonly ts: number
  readonly region: string
}

export interface EventRecord {
  readonly key: string
  readonly value: string
  readonly timestamp: number
}

const FIRST_TIMESTAMP = 1_700_000_000_000
const TYPES = ['view', 'cart', 'sale', 'back']
const REGIONS = ['eu', 'us', 'ap']

/** mulberry32: uniform in [0, 1), the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296
  }
}

export function userKey(index: number): string {
  return `u${String(index).padStart(9, '0')}`
}

/** `count` records over `keys` users; `seed` chooses which. */
export function* events(count: number, keys: number, seed = 1): Generator<EventRecord> {
  const random = randomFrom(seed)
  for (let id = 0; id < count; id++) {
    const key = userKey(Math.floor(random() * keys))
    const amount = (1010 + Math.floor(random() * 99_990)) / 100
    const type = TYPES[Math.floor(random() * TYPES.length)]
    const region = REGIONS[Math.floor(random() * REGIONS.length)]
    const timestamp = FIRST_TIMESTAMP + id
    const value = `{"id":${id},"user":"${key}","amount":${amount.toFixed(2)},"type":"${type}","ts":${timestamp},"region":"${region}"}`
    yield { key, value, timestamp }
  }
}
