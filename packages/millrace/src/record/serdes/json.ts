/**
 * JSON as UTF-8. Deterministic on request: keys of foreign-key joins and their hashes are compared by bytes, and
 * JSON.stringify keeps the order in which an object's properties were made.
 */

import { SerdeError } from '../errors.ts'
import { JsonReader } from '../json-reader.ts'
import { JsonWriter } from '../json-writer.ts'
import type { Serde } from '../serde.ts'

export interface JsonOptions {
  /** Writes object keys in the order of their UTF-16 code units, at every level. Default false: in the order made. */
  readonly sortKeys?: boolean
}

const plain: Serde<unknown> = Object.freeze(
  // Not enumerable: `{ ...json(), encode }`, which writes something else, must not have it.
  Object.defineProperty(
    serde('json', (value: unknown) => JSON.stringify(value)),
    'encoder',
    { value: (room: number) => new JsonWriter(room) },
  ),
)
const sorted: Serde<unknown> = Object.freeze(serde('json(sortKeys)', sortedJson))
const NULL = Buffer.from('null')

/**
 * Any value JSON can say, without spaces.
 *
 * @throws SerdeError for what JSON cannot say: undefined, functions, bigint, cycles.
 */
export function json<T = unknown>(options: JsonOptions = {}): Serde<T> {
  return (options.sortKeys === true ? sorted : plain) as Serde<T>
}

/** One reader a topic, for the values of one topic look alike. */
class TopicReaders {
  readonly #readers = new Map<string, JsonReader>()
  #topic: string | undefined
  #reader = new JsonReader()

  of(topic: string): JsonReader {
    if (topic === this.#topic) return this.#reader
    const reader = this.#readers.get(topic) ?? new JsonReader()
    this.#readers.set(topic, reader)
    this.#topic = topic
    this.#reader = reader
    return reader
  }
}

const ofKeys = new TopicReaders()
const ofValues = new TopicReaders()

function serde(name: string, stringify: (value: unknown) => string | undefined): Serde<unknown> {
  const text = (value: unknown): string => {
    let result: string | undefined
    try {
      result = stringify(value)
    } catch (cause) {
      throw new SerdeError(`${name} cannot write this value: ${(cause as Error).message}`, { cause })
    }
    if (result === undefined) throw new SerdeError(`${name} cannot write ${typeof value}: use null for no value`)
    return result
  }
  const result: Serde<unknown> = {
    name,
    decodesCopies: true,
    encode: (value) => Buffer.from(text(value), 'utf8'),
    decode(bytes, start, end, { topic, isKey }) {
      const reader = (isKey ? ofKeys : ofValues).of(topic)
      const known = reader.read(bytes, start, end)
      if (known !== undefined) return known
      const source = bytes.toString('utf8', start, end)
      try {
        const value: unknown = JSON.parse(source)
        if (!reader.gaveUp) reader.learn(bytes, start, end, value)
        return value
      } catch (cause) {
        throw new SerdeError(
          `${name} cannot read ${JSON.stringify(source.slice(0, 80))}: ${(cause as Error).message}`,
          {
            cause,
          },
        )
      }
    },
    text,
  }
  // Not enumerable: a spread with a `decode` of its own must not have it.
  return Object.defineProperty(result, 'isNull', { value: isNull })
}

/** JSON.stringify writes null for more than null: for NaN, or what `toJSON` gives. */
function isNull(bytes: Buffer, start: number, end: number): boolean {
  return end - start === NULL.length && bytes.compare(NULL, 0, NULL.length, start, end) === 0
}

function sortedJson(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if ('toJSON' in value && typeof value.toJSON === 'function') return sortedJson(value.toJSON(''))
  if (Array.isArray(value)) return `[${value.map((item) => sortedJson(item) ?? 'null').join(',')}]`
  if (value instanceof String || value instanceof Number || value instanceof Boolean) return JSON.stringify(value)
  const fields: string[] = []
  for (const key of Object.keys(value).sort()) {
    const field = sortedJson((value as Record<string, unknown>)[key])
    if (field !== undefined) fields.push(`${JSON.stringify(key)}:${field}`)
  }
  return `{${fields.join(',')}}`
}
