/**
 * Builds a case's topology on the public DSL, and remembers how to read its topics and stores. Steps are data of many
 * shapes, so the DSL objects are held without their types here; the DSL's own type tests are elsewhere.
 */

import {
  hopping,
  joinWindows,
  keyValueStore,
  logAndSkipOnInvalidTimestamp,
  type Serde,
  type StreamsBuilder,
  session,
  sliding,
  string,
  type TimestampExtractor,
  topic,
  tumbling,
  untilTimeLimit,
  untilWindowCloses,
  usePartitionTimeOnInvalidTimestamp,
  wallClockTimestamp,
} from 'millrace'
import { aggregator, initializer, joiner, merger, reducer } from './aggregators.ts'
import type { Step } from './case.ts'
import { flatMapper, flatValueMapper, pairMapper, predicate, selector, topicExtractor, valueMapper } from './mappers.ts'
import { processedType, processor, storeType } from './processors.ts'
import { type KeyType, keySerde, type Reference, type ValueType, valueSerde } from './values.ts'

export interface Format {
  readonly key: KeyType
  readonly value: ValueType
}

export interface StoreFormat extends Format {
  readonly kind: 'kv' | 'plain' | 'window' | 'session' | 'versioned'
}

/** A step’s DSL object; its kind is known only from the case. */
type Dynamic = any

interface Node {
  readonly it: Dynamic
  readonly shape: 'stream' | 'table' | 'global' | 'grouped' | 'grouped-table' | 'cogrouped'
  readonly key: KeyType
  readonly value: ValueType
  readonly windows?: Step
}

const STRING_KEY: KeyType = { kind: 'string' }

export class Interpreter {
  readonly inputs: Map<string, ValueType> = new Map()
  readonly outputs: Map<string, Format> = new Map()
  readonly stores: Map<string, StoreFormat> = new Map()
  readonly peeks: Map<string, { key: unknown; value: unknown }[]> = new Map()
  readonly #builder: StreamsBuilder
  readonly #nodes = new Map<string, Node>()

  constructor(builder: StreamsBuilder, steps: readonly Step[]) {
    this.#builder = builder
    for (const step of steps) this.#step(step)
  }

  #step(step: Step): void {
    const run = STEPS[step.op]
    if (run === undefined) throw new Error(`unknown op ${step.op}`)
    const node = run(step, this)
    if (node !== undefined) this.#nodes.set(step.id, node)
  }

  get builder(): StreamsBuilder {
    return this.#builder
  }

  node(id: string | undefined): Node {
    const node = this.#nodes.get(id as string)
    if (node === undefined) throw new Error(`no step ${id}`)
    return node
  }

  put(id: string, node: Node): void {
    this.#nodes.set(id, node)
  }

  /** Materialisation options of a step; remembers its store. */
  materialized(step: Step, kind: StoreFormat['kind'], key: KeyType, value: ValueType): Record<string, unknown> {
    const bareKey = kind === 'window' || kind === 'session' ? STRING_KEY : key
    if (step.store !== undefined) {
      this.stores.set(step.store, { kind: step.versioned === undefined ? kind : 'versioned', key, value })
    }
    return {
      ...named(step),
      ...pick(step, 'store', 'caching', 'logging', 'retention', 'inMemory', 'versioned'),
      key: keySerde(bareKey),
      value: valueSerde(value),
    }
  }
}

function pick(step: Step, ...fields: string[]): Record<string, unknown> {
  return Object.fromEntries(fields.filter((field) => step[field] !== undefined).map((field) => [field, step[field]]))
}

function named(step: { readonly name?: unknown }): { name?: string } {
  return step.name === undefined ? {} : { name: step.name as string }
}

function serdes(key: KeyType, value: ValueType): { key: Serde<unknown>; value: Serde<unknown> } {
  return { key: keySerde(key), value: valueSerde(value) }
}

/** The catalogue's functions take (key, value); the DSL's callbacks are given (value, key). */
function flip<R>(fn: (key: unknown, value: unknown) => R): (value: unknown, key: unknown) => R {
  return (value, key) => fn(key, value)
}

const fromValue: TimestampExtractor = {
  name: 'fromValue',
  extract: ({ value, timestamp }) => (typeof value === 'number' ? value : timestamp),
}

function extractor(name: unknown): TimestampExtractor {
  if (name === 'fromValue') return fromValue
  if (name === 'logAndSkip') return logAndSkipOnInvalidTimestamp()
  if (name === 'usePartitionTime') return usePartitionTimeOnInvalidTimestamp()
  if (name === 'wallClock') return wallClockTimestamp()
  throw new Error(`unknown timestamp extractor ${name}`)
}

type Run = (step: Step, all: Interpreter) => Node | undefined

/** `it` of the step's input, with what is common to steps that keep or change only the value type. */
function below(step: Step, all: Interpreter, value: ValueType, make: (input: Dynamic) => Dynamic): Node {
  const { it, shape, key } = all.node(step.from)
  return { it: make(it), shape, key, value }
}

function source(step: Step, all: Interpreter): Node {
  const value = step.value ?? 'string'
  const topics = step.topics ?? [step.topic as string]
  for (const name of topics) all.inputs.set(name, value)
  const options = {
    ...named(step),
    ...(step.timestampExtractor === undefined ? {} : { timestampExtractor: extractor(step.timestampExtractor) }),
  }
  const { builder } = all
  const typed = topics.map((name) => topic(name, { key: string(), value: valueSerde(value) }))
  if (step.op === 'stream') return { it: builder.stream(typed, options), shape: 'stream', key: STRING_KEY, value }
  const materialized =
    step.op === 'table' || step.store !== undefined ? all.materialized(step, 'kv', STRING_KEY, value) : {}
  if (step.op === 'table') {
    return { it: builder.table(typed[0], { ...options, ...materialized }), shape: 'table', key: STRING_KEY, value }
  }
  return {
    it: builder.globalTable(typed[0], { ...options, ...materialized }),
    shape: 'global',
    key: STRING_KEY,
    value,
  }
}

function filter(step: Step, all: Interpreter): Node {
  const { it, shape, key, value } = all.node(step.from)
  const test = flip(predicate(step.predicate as Reference))
  const options = shape === 'table' && step.store !== undefined ? all.materialized(step, 'kv', key, value) : named(step)
  return { it: step.op === 'filter' ? it.filter(test, options) : it.filterNot(test, options), shape, key, value }
}

function mapValues(step: Step, all: Interpreter): Node {
  const { it, shape, key, value } = all.node(step.from)
  const { fn, out } = valueMapper(step.mapper as Reference, value)
  const options = shape === 'table' && step.store !== undefined ? all.materialized(step, 'kv', key, out) : named(step)
  return { it: it.mapValues(flip(fn), options), shape, key, value: out }
}

function transformValues(step: Step, all: Interpreter): Node {
  const { it, key, value } = all.node(step.from)
  const { fn, out } = valueMapper(step.mapper as Reference, value)
  const options = step.store === undefined ? named(step) : all.materialized(step, 'kv', key, out)
  const supplier = () => ({ transform: flip(fn) })
  return { it: it.transformValues(supplier, options), shape: 'table', key, value: out }
}

function split(step: Step, all: Interpreter): undefined {
  const { it, key, value } = all.node(step.from)
  const branches = step.branches as { id: string; predicate: Reference; name?: string }[]
  let branching = it.split(named(step))
  for (const branch of branches) branching = branching.branch(flip(predicate(branch.predicate)), named(branch))
  const last = step.default as { id: string; name?: string } | undefined
  const streams: Dynamic[] = Object.values(
    last === undefined ? branching.noDefaultBranch() : branching.defaultBranch(named(last)),
  )
  const ids = [...branches.map(({ id }) => id), ...(last === undefined ? [] : [last.id])]
  ids.forEach((id, index) => {
    all.put(id, { it: streams[index], shape: 'stream', key, value })
  })
}

function to(step: Step, all: Interpreter): undefined {
  const { it, key, value } = all.node(step.from)
  const format = { key, value }
  if (step.topic !== undefined) {
    all.outputs.set(step.topic, format)
    it.to(topic(step.topic, serdes(key, value)), named(step))
    return
  }
  const reference = step.topicFrom as Reference
  const extract = topicExtractor(reference)
  const choose = (_value: unknown, recordKey: unknown): string => {
    const chosen = extract(recordKey)
    all.outputs.set(chosen, format)
    return chosen
  }
  it.to(choose, {
    ...named(step),
    ...serdes(key, value),
    extractorName: typeof reference === 'string' ? reference : reference[0],
  })
}

function process(step: Step, all: Interpreter): Node {
  const { it, key, value } = all.node(step.from)
  const reference = step.processor as Reference
  const type = storeType(reference)
  if (type !== undefined && !all.stores.has(step.store as string)) {
    const name = step.store as string
    all.builder.addStateStore(
      keyValueStore({ name, keySerde: string(), valueSerde: valueSerde(type), persistent: true }),
    )
    all.stores.set(name, { kind: 'plain', key: STRING_KEY, value: type })
  }
  const options = { ...named(step), ...(type === undefined ? {} : { stores: [step.store] }) }
  const supplier = processor(reference, step.store)
  return {
    it: step.op === 'process' ? it.process(supplier, options) : it.processValues(supplier, options),
    shape: 'stream',
    key,
    value: processedType(reference, value),
  }
}

function groupBy(step: Step, all: Interpreter): Node {
  const { it, shape, value } = all.node(step.from)
  if (shape === 'stream') {
    const select = flip(selector(step.selector as Reference))
    const grouped = it.groupBy(select, { ...named(step), ...serdes(STRING_KEY, value) })
    return { it: grouped, shape: 'grouped', key: STRING_KEY, value }
  }
  const { fn, out } = pairMapper(step.mapper as Reference, value)
  const grouped = it.groupBy(flip(fn), { ...named(step), ...serdes(STRING_KEY, out) })
  return { it: grouped, shape: 'grouped-table', key: STRING_KEY, value: out }
}

function windowedBy(step: Step, all: Interpreter): Node {
  const { it, shape, value } = all.node(step.from)
  const windows = step.windows as { type: string; size: number; advance: number; difference: number; gap: number }
  const options = pick(step.windows as unknown as Step, 'grace')
  const emit = step.emit === undefined ? undefined : { emit: step.emit }
  const make: Record<string, () => readonly [Dynamic, KeyType]> = {
    session: () => [session(windows.gap, options), { kind: 'session' }],
    sliding: () => [sliding(windows.difference, options), { kind: 'time', size: windows.difference }],
    tumbling: () => [tumbling(windows.size, options), { kind: 'time', size: windows.size }],
    hopping: () => [
      hopping(windows.size, { advance: windows.advance, ...options }),
      { kind: 'time', size: windows.size },
    ],
  }
  const [definition, key] = make[windows.type]()
  return { it: it.windowedBy(definition, emit), shape, key, value, windows: step }
}

function aggregation(step: Step, all: Interpreter): Node {
  const { it, shape, key, value, windows } = all.node(step.from)
  const init = step.initializer === undefined ? undefined : initializer(step.initializer as Reference)
  const out = step.op === 'count' ? 'long' : step.op === 'reduce' ? value : (init?.out ?? value)
  const kind = windows === undefined ? 'kv' : key.kind === 'session' ? 'session' : 'window'
  const options = all.materialized(step, kind, key, out)
  const made = { shape: 'table', key, value: out } as const
  if (step.op === 'count') return { it: it.count(options), ...made }
  if (step.op === 'reduce') {
    const add = reducer(step.reducer as Reference)
    const table =
      shape === 'grouped-table'
        ? it.reduce({ add, subtract: reducer(step.subtractor as Reference), ...options })
        : it.reduce(add, options)
    return { it: table, ...made }
  }
  const asAdd = (reference: Reference) => {
    const fn = aggregator(reference)
    return (aggregate: unknown, added: unknown, k: unknown) => fn(k, added, aggregate)
  }
  const merge = step.merger === undefined ? undefined : merger(step.merger as Reference)
  const table = it.aggregate({
    init: init?.fn,
    ...(step.aggregator === undefined ? {} : { add: asAdd(step.aggregator as Reference) }),
    ...(step.subtractor === undefined ? {} : { subtract: asAdd(step.subtractor as Reference) }),
    ...(merge === undefined ? {} : { merge: (a: unknown, b: unknown, k: unknown) => merge(k, a, b) }),
    ...options,
  })
  return { it: table, ...made }
}

function cogroup(step: Step, all: Interpreter): Node {
  let cogrouped: Dynamic
  let value: ValueType = 'string'
  for (const { from, aggregator: reference } of step.groups as { from: string; aggregator: Reference }[]) {
    const node = all.node(from)
    const fn = aggregator(reference)
    const add = (aggregate: unknown, added: unknown, key: unknown): unknown => fn(key, added, aggregate)
    if (cogrouped === undefined) {
      cogrouped = node.it.cogroup(add)
      value = node.value
    } else cogrouped = cogrouped.cogroup(node.it, add)
  }
  return { it: cogrouped, shape: 'cogrouped', key: STRING_KEY, value }
}

function suppress(step: Step, all: Interpreter): Node {
  const { it, key, value } = all.node(step.from)
  const buffer = (step.buffer ?? {}) as { maxRecords?: number }
  const until = step.until === 'windowCloses' ? untilWindowCloses(buffer) : untilTimeLimit(step.ms as number, buffer)
  return { it: it.suppress(until, named(step)), shape: 'table', key, value }
}

function join(step: Step, all: Interpreter): Node {
  const left = all.node(step.from)
  const right = all.node(step.with)
  const { fn, out } = joiner(step.joiner as Reference, left.value, right.value)
  const withKey = (l: unknown, r: unknown, key: unknown): unknown => fn(key, l, r)
  const method = step.op as 'join' | 'leftJoin' | 'outerJoin'
  const types = { key: keySerde(left.key), value: valueSerde(left.value), otherValue: valueSerde(right.value) }
  let options: Record<string, unknown>
  if (left.shape === 'table') {
    const materialized = step.store === undefined ? named(step) : all.materialized(step, 'kv', left.key, out)
    options = { join: (l: unknown, r: unknown) => fn(null, l, r), ...materialized }
  } else if (right.shape === 'stream') {
    const windows = step.windows as { before: number; after: number; grace?: number }
    options = { join: withKey, windows: joinWindows(windows), ...named(step), ...pick(step, 'store'), ...types }
  } else if (right.shape === 'table') {
    options = { join: withKey, ...named(step), ...pick(step, 'grace'), ...types }
  } else {
    options = { join: withKey, key: flip(selector(step.selector as Reference)), ...named(step) }
  }
  return { it: left.it[method](right.it, options), shape: left.shape, key: left.key, value: out }
}

function foreignKeyJoin(step: Step, all: Interpreter): Node {
  const left = all.node(step.from)
  const right = all.node(step.with)
  const { fn, out } = joiner(step.joiner as Reference, left.value, right.value)
  const options = {
    foreignKey: flip(selector(step.selector as Reference)),
    join: (l: unknown, r: unknown) => fn(null, l, r),
    ...all.materialized(step, 'kv', left.key, out),
  }
  const it = step.op === 'fkJoin' ? left.it.join(right.it, options) : left.it.leftJoin(right.it, options)
  return { it, shape: 'table', key: left.key, value: out }
}

const STEPS: Readonly<Record<string, Run>> = {
  stream: source,
  table: source,
  globalTable: source,
  filter,
  filterNot: filter,
  map(step, all) {
    const { fn, out } = pairMapper(step.mapper as Reference, all.node(step.from).value)
    return { ...below(step, all, out, (it) => it.map(flip(fn), named(step))), key: STRING_KEY }
  },
  flatMap(step, all) {
    const { fn, out } = flatMapper(step.mapper as Reference, all.node(step.from).value)
    return { ...below(step, all, out, (it) => it.flatMap(flip(fn), named(step))), key: STRING_KEY }
  },
  mapValues,
  flatMapValues(step, all) {
    const { fn, out } = flatValueMapper(step.mapper as Reference, all.node(step.from).value)
    return below(step, all, out, (it) => it.flatMapValues(flip(fn), named(step)))
  },
  selectKey(step, all) {
    const select = flip(selector(step.selector as Reference))
    const { value } = all.node(step.from)
    return { ...below(step, all, value, (it) => it.selectKey(select, named(step))), key: STRING_KEY }
  },
  peek(step, all) {
    const seen: { key: unknown; value: unknown }[] = []
    all.peeks.set(step.id, seen)
    const look = (value: unknown, key: unknown): void => void seen.push({ key, value })
    return below(step, all, all.node(step.from).value, (it) => it.peek(look, named(step)))
  },
  split,
  merge: (step, all) =>
    below(step, all, all.node(step.from).value, (it) => it.merge(all.node(step.with).it, named(step))),
  repartition(step, all) {
    const { key, value } = all.node(step.from)
    const options = { ...named(step), ...pick(step, 'partitions'), ...serdes(key, value) }
    return below(step, all, value, (it) => it.repartition(options))
  },
  toTable(step, all) {
    const { it, key, value } = all.node(step.from)
    return { it: it.toTable(all.materialized(step, 'kv', key, value)), shape: 'table', key, value }
  },
  toStream(step, all) {
    const { it, key, value } = all.node(step.from)
    return { it: it.toStream(named(step)), shape: 'stream', key, value }
  },
  to,
  process,
  processValues: process,
  groupByKey(step, all) {
    const { it, key, value } = all.node(step.from)
    return { it: it.groupByKey({ ...named(step), ...serdes(key, value) }), shape: 'grouped', key, value }
  },
  groupBy,
  windowedBy,
  count: aggregation,
  reduce: aggregation,
  aggregate: aggregation,
  cogroup,
  suppress,
  transformValues,
  join,
  leftJoin: join,
  outerJoin: join,
  fkJoin: foreignKeyJoin,
  fkLeftJoin: foreignKeyJoin,
}
