/** Each serde: encode a value, and decode it from the middle of a larger buffer, as from a fetched batch. */

import {
  bigint64,
  boolean,
  bytes,
  double,
  int32,
  json,
  long,
  type Serde,
  sessionWindowed,
  string,
  timeWindowed,
} from 'millrace'
import { do_not_optimize } from 'mitata'
import { events } from './events.ts'
import type { Suite } from './measurement.ts'

const VALUES = 1000
const OFFSET = 61

export async function serdes(suite: Suite): Promise<void> {
  const records = [...events(VALUES, 10_000)]
  const numbers = records.map((_, index) => 1_000_000 + index * 977)
  const windowed = records.map(({ key, timestamp }) => {
    const start = timestamp - (timestamp % 60_000)
    return { key, window: { start, end: start + 60_000 } }
  })
  await suite.group('Serdes, a value', async () => {
    await both(
      suite,
      'string, 10 bytes',
      string(),
      records.map(({ key }) => key),
    )
    await both(
      suite,
      'string, 101 bytes',
      string(),
      records.map(({ value }) => value),
    )
    await both(
      suite,
      'json, 101 bytes',
      json(),
      records.map(({ value }) => JSON.parse(value)),
    )
    await both(
      suite,
      'json sorted, 101 bytes',
      json({ sortKeys: true }),
      records.map(({ value }) => JSON.parse(value)),
    )
    await both(suite, 'long', long(), numbers)
    await both(suite, 'bigint64', bigint64(), numbers.map(BigInt))
    await both(suite, 'int32', int32(), numbers)
    await both(
      suite,
      'double',
      double(),
      numbers.map((number) => number / 7),
    )
    await both(
      suite,
      'boolean',
      boolean(),
      numbers.map((number) => number % 2 === 0),
    )
    await both(
      suite,
      'bytes, 101 bytes',
      bytes(),
      records.map(({ value }) => Buffer.from(value)),
    )
    await both(suite, 'timeWindowed(string)', timeWindowed(string(), 60_000), windowed)
    await both(suite, 'sessionWindowed(string)', sessionWindowed(string()), windowed)
  })
}

async function both<T>(suite: Suite, name: string, serde: Serde<T>, values: readonly T[]): Promise<void> {
  const context = { topic: 'bench', isKey: false }
  await suite.measure(`${name}: encode`, VALUES, () => {
    for (let index = 0; index < VALUES; index++) do_not_optimize(serde.encode(values[index], context))
  })
  const encoded = values.map((value) => serde.encode(value, context))
  const buffer = Buffer.concat([Buffer.alloc(OFFSET), ...encoded])
  const ends = new Int32Array(VALUES)
  let at = OFFSET
  for (let index = 0; index < VALUES; index++) ends[index] = at += encoded[index].length
  await suite.measure(`${name}: decode`, VALUES, () => {
    let start = OFFSET
    for (let index = 0; index < VALUES; index++) {
      do_not_optimize(serde.decode(buffer, start, ends[index], context))
      start = ends[index]
    }
  })
}
