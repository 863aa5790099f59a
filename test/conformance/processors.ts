/**
 * The catalogue's processors (FORMAT.md, Processors), written on the public Processor API. One supplier serves both
 * `process` and `processValues`: those that keep the key may be used with either.
 */

import { type KeyValueStore, type Processor, type ProcessorContext, StreamRecord } from 'millrace'
import { call, type Reference, text, unknownFunction, type ValueType } from './values.ts'

type AnyRecord = StreamRecord<unknown, unknown>
type Context = ProcessorContext<unknown, unknown>

/** The value type of the store that a processor needs; undefined for one without. */
export function storeType(reference: Reference): ValueType | undefined {
  const { name } = call(reference)
  if (name === 'dedup') return 'string'
  return name === 'runningCount' || name === 'streamTick' || name === 'wallTick' ? 'long' : undefined
}

export function processedType(reference: Reference, input: ValueType): ValueType {
  const { name } = call(reference)
  if (name === 'stamp') return 'string'
  return storeType(reference) === 'long' ? 'long' : input
}

function simple(
  process: (record: AnyRecord, context: Context) => void,
): () => Processor<unknown, unknown, unknown, unknown> {
  return () => {
    let context: Context
    return {
      init(given) {
        context = given
      },
      process: (record) => process(record, context),
    }
  }
}

function increment(store: KeyValueStore<string, number>, key: unknown): number {
  const next = (store.get(text(key)) ?? 0) + 1
  store.put(text(key), next)
  return next
}

export function processor(
  reference: Reference,
  storeName: string | undefined,
): () => Processor<unknown, unknown, unknown, unknown> {
  const { name, args } = call(reference)
  const store = <V>(context: Context): KeyValueStore<string, V> => context.store(storeName as string)
  switch (name) {
    case 'dedup':
      return simple((record, context) => {
        if (record.key !== null) {
          const seen = store<string>(context)
          if (seen.get(text(record.key)) === text(record.value)) return
          seen.put(text(record.key), text(record.value))
        }
        context.forward(record)
      })
    case 'runningCount':
      return simple((record, context) =>
        context.forward(record.withValue(increment(store<number>(context), record.key))),
      )
    case 'stamp':
      return simple((record, context) => context.forward(record.withValue(`${text(record.value)}@${record.timestamp}`)))
    case 'shiftTime':
      return simple((record, context) =>
        context.forward(record.withTimestamp(Math.max(0, record.timestamp + (args[0] as number)))),
      )
    case 'addHeader':
      return simple((record, context) => {
        record.headers.add(args[0] as string, Buffer.from(text(record.key)))
        context.forward(record)
      })
    case 'prefixKey':
      return simple((record, context) => context.forward(record.withKey(args[0] + text(record.key))))
    case 'streamTick':
    case 'wallTick':
      return tick(name === 'streamTick' ? 'stream-time' : 'wall-clock-time', args[0] as number, storeName as string)
    default:
      return unknownFunction('processor', name)
  }
}

/** Counts records by key, and at each punctuation forwards the counts in key order and clears them. */
function tick(
  type: 'stream-time' | 'wall-clock-time',
  intervalMs: number,
  storeName: string,
): () => Processor<unknown, unknown, unknown, unknown> {
  return () => {
    let counts: KeyValueStore<string, number>
    return {
      init(context) {
        counts = context.store(storeName)
        context.schedule(intervalMs, type, (timestamp) => {
          for (const [key, count] of [...counts.all()]) {
            context.forward(new StreamRecord(key, count, timestamp))
            counts.delete(key)
          }
        })
      },
      process(record) {
        increment(counts, record.key)
      },
    }
  }
}
