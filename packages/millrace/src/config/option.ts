/**
 * One configuration option: its Kafka name, type, default, documentation and check. The schema is made of these; types,
 * the docs table, CLI flags and environment variables derive from it (law 13).
 */

export interface Option<T> {
  /** Kafka's or Kafka Streams' name, e.g. `commit.interval.ms`. */
  readonly kafkaName: string
  readonly doc: string
  /** Shown in the docs table. */
  readonly type: string
  readonly default: T | undefined
  readonly required: boolean
  /** What is wrong with a value, as a sentence without the option's name; undefined if nothing. */
  check(value: unknown): string | undefined
  /** Reads the value from text: environment variables and CLI flags. Undefined: not settable from text. */
  readonly parse: ((text: string) => T) | undefined
}

interface Described<T> {
  readonly kafkaName: string
  readonly doc: string
  readonly default?: T
  readonly required?: boolean
}

export function integerOption(described: Described<number> & { min?: number }): Option<number> {
  const min = described.min ?? 0
  return {
    ...described,
    type: 'integer',
    default: described.default,
    required: described.required ?? false,
    check: (value) =>
      Number.isSafeInteger(value) && (value as number) >= min ? undefined : `must be an integer of at least ${min}`,
    parse: Number,
  }
}

export function textOption(described: Described<string> & { pattern?: RegExp; patternDoc?: string }): Option<string> {
  return {
    ...described,
    type: 'string',
    default: described.default,
    required: described.required ?? false,
    check(value) {
      if (typeof value !== 'string' || value === '') return 'must be a non-empty string'
      return described.pattern?.test(value) === false
        ? (described.patternDoc ?? `must match ${described.pattern}`)
        : undefined
    },
    parse: (text) => text,
  }
}

export function choiceOption<T extends string>(described: Described<T> & { choices: readonly T[] }): Option<T> {
  const { choices } = described
  return {
    ...described,
    type: choices.map((choice) => `'${choice}'`).join(' | '),
    default: described.default,
    required: described.required ?? false,
    check: (value) => (choices.includes(value as T) ? undefined : `must be one of ${choices.join(', ')}`),
    parse: (text) => text as T,
  }
}

/** Something that code hands in and text cannot: a log, a serde, a handler. */
export function objectOption<T>(
  described: Described<T> & { type: string; test: (value: unknown) => boolean },
): Option<T> {
  return {
    ...described,
    default: described.default,
    required: described.required ?? false,
    check: (value) => (described.test(value) ? undefined : `must be ${described.type}`),
    parse: undefined,
  }
}
