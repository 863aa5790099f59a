/**
 * The processor of `detect`: knows what time it is, what is late, which keys' time has come, and sends what the matcher
 * finds to the operator's outputs. One a task.
 *
 * Time is that of the task's stream less the grace, or the wall clock. How far it has come is kept with the committed
 * offsets, so that after a restart the same events are late and the same windows over.
 */

import type { ProcessorContext, Serde } from 'millrace'
import { ForwardingProcessor, type OperatorContext, resolveSerde, StreamRecord } from 'millrace/operator'
import type { Matcher, Outcome } from '../match/matcher.ts'
import type { Binding } from '../match/run.ts'
import type { KeyState } from './key-state.ts'
import { KeyStates } from './key-states.ts'
import type { PatternCounters } from './pattern-counters.ts'
import type { PatternStore } from './pattern-store.ts'

/** What is looked for, and for whom: one pattern, whose subjects are the keys, or many rules. */
export interface Watch<K, S, E> {
  /** Before the first record. */
  init?(context: OperatorContext<K, unknown>): void
  /** What an event of the key is offered to. Each has runs of its own. */
  subjects(key: K): Iterable<S>
  keyOf(subject: S): K
  matcherOf(subject: S): Matcher<E, unknown>
  /** Whether a match may begin. */
  starts(subject: S): boolean
  /** Calls of conditions so far. */
  evaluations(): number
  /** What comes out for what a run has bound. */
  output(subject: S, bound: unknown): unknown
  /** Why, for the header of what comes out; undefined: it has none. */
  explain(subject: S, last: Binding<unknown>): readonly object[] | undefined
}

export interface DetectSettings<S> {
  readonly storeName: string
  readonly subjectSerde: Serde<S> | undefined
  readonly time: 'event' | 'processing'
  readonly graceMs: number
  readonly liveKeys: number
  /** How often silent keys are looked at in processing time, ms. */
  readonly wakeEveryMs: number
  readonly outputs: OutputNames
}

/** Names of the child nodes. */
export interface OutputNames {
  readonly matches: string
  readonly timeouts: string
  readonly late: string
  readonly dropped: string
}

/** The header that says why. */
const EXPLANATION = 'pattern-explanation'

/** What is to be forwarded once the change to the key is noted. */
interface Output {
  readonly child: string
  readonly value: unknown
  readonly timestamp: number
  readonly last: Binding<unknown>
}

export class DetectProcessor<K, S, E> extends ForwardingProcessor<K, E, K, unknown> {
  readonly #watch: Watch<K, S, E>
  readonly #settings: DetectSettings<S>
  readonly #counters: PatternCounters
  #closed = (): void => {}
  #keys!: KeyStates<S, E>
  #metadata = ''
  /** Highest time seen, before grace. */
  #seen = Number.NEGATIVE_INFINITY
  /** What the runs take for now. */
  #now = Number.NEGATIVE_INFINITY
  #outputs: Output[] = []

  constructor(watch: Watch<K, S, E>, settings: DetectSettings<S>, counters: PatternCounters) {
    super()
    this.#counters = counters
    this.#watch = watch
    this.#settings = settings
  }

  override init(context: ProcessorContext<K, unknown>): void {
    super.init(context)
    const { storeName, subjectSerde, liveKeys, time, wakeEveryMs } = this.#settings
    const operator = context as OperatorContext<K, unknown>
    const store = context.store<PatternStore<S, E>>(storeName)
    // Where stores give back what was serialised, so must the runs.
    const limit = operator.freezesValues ? 0 : liveKeys
    const serde = resolveSerde(subjectSerde, operator.defaultKeySerde)
    this.#keys = new KeyStates(store, (subject) => this.#watch.matcherOf(subject), serde, limit)
    this.#watch.init?.(operator)
    this.#closed = this.#counters.opened(() => ({ ...this.#keys.gauges(), evaluations: this.#watch.evaluations() }))
    this.#metadata = `${context.nodeName}-time`
    this.#see(operator.processorMetadata(this.#metadata) ?? Number.NEGATIVE_INFINITY)
    // Stream time is looked at whenever it moves, so that what comes out does not depend on when a worker was restarted.
    if (time === 'event') context.schedule(1, 'stream-time', () => this.#advance())
    else context.schedule(wakeEveryMs, 'wall-clock-time', () => this.#advance())
  }

  close(): void {
    this.#closed()
  }

  process(record: StreamRecord<K, E>): void {
    const { key, value } = record
    if (key === null || value === null) {
      this.context.dropped(key === null ? 'null-key' : 'null-value')
      return
    }
    this.#advance(record.timestamp)
    const timestamp = this.#settings.time === 'event' ? record.timestamp : this.#now
    if (timestamp < this.#now) {
      this.context.dropped('late')
      this.#counters.late++
      this.context.forward(record as StreamRecord<K, unknown>, this.#settings.outputs.late)
      return
    }
    for (const subject of this.#watch.subjects(key)) this.#offer(subject, value, timestamp)
  }

  #offer(subject: S, value: E, timestamp: number): void {
    this.#counters.events++
    const early = timestamp > this.#now
    const known = this.#keys.known(subject)
    // What can move no run need not be shown to a key that would have to be read.
    if (!early && known === undefined && this.#watch.matcherOf(subject).ignores(value)) return
    this.#change(known ?? this.#keys.get(subject), (state) => {
      if (early) {
        state.wait(value, timestamp)
        return true
      }
      // Time has come to no deadline of the key, or it would have been woken; unless one woken before it failed.
      if (state.wakeAt <= timestamp) this.#pass(state, timestamp)
      return this.#take(state, value, timestamp)
    })
  }

  /** Wakes the keys whose time has come. */
  #advance(timestamp: number = Number.NEGATIVE_INFINITY): void {
    const { context } = this
    const seen =
      this.#settings.time === 'processing'
        ? context.currentSystemTimeMs()
        : Math.max(timestamp, context.currentStreamTimeMs())
    if (seen <= this.#seen) return
    this.#see(seen)
    context.putProcessorMetadata(this.#metadata, seen)
    const now = this.#now
    for (let state = this.#keys.due(now); state !== undefined; state = this.#keys.due(now)) {
      this.#change(state, (woken) => {
        for (let event = woken.take(now); event !== undefined; event = woken.take(now)) {
          this.#pass(woken, event.timestamp)
          this.#take(woken, event.value, event.timestamp)
        }
        this.#pass(woken, now)
        return true
      })
    }
  }

  #see(seen: number): void {
    this.#seen = seen
    this.#now = this.#settings.time === 'event' ? seen - this.#settings.graceMs : seen
  }

  /** Ends what the time ends. */
  #pass({ key, runs }: KeyState<S, E>, now: number): void {
    this.#give(key, this.#watch.matcherOf(key).advance(runs, now), now)
  }

  /** Whether the event has changed anything. */
  #take({ key, runs }: KeyState<S, E>, event: E, timestamp: number): boolean {
    const matcher = this.#watch.matcherOf(key)
    const { changes } = runs
    this.#give(key, matcher.process(runs, event, timestamp, this.#watch.starts(key)), timestamp)
    return runs.changes !== changes
  }

  /**
   * Changes a key, notes what is to be written, and only then forwards what came of it. An event that fails has moved nothing;
   * what came before it, such as time-outs, counts.
   */
  #change(state: KeyState<S, E>, change: (state: KeyState<S, E>) => boolean): void {
    try {
      if (change(state)) this.#keys.changed(state)
    } catch (error) {
      if (this.#watch.matcherOf(state.key).failsHalfway) {
        this.#outputs = []
        this.#keys.recover(state.key)
      } else {
        this.#keys.changed(state)
        this.#forward(state)
      }
      throw error
    }
    this.#forward(state)
  }

  #forward(state: KeyState<S, E>): void {
    if (this.#outputs.length === 0) return
    const outputs = this.#outputs
    this.#outputs = []
    for (const { child, value, timestamp, last } of outputs) {
      const record = new StreamRecord<K, unknown>(this.#watch.keyOf(state.key), value, timestamp)
      const explanation = this.#watch.explain(state.key, last)
      if (explanation !== undefined) record.headers.add(EXPLANATION, Buffer.from(JSON.stringify(explanation)))
      this.context.forward(record, child)
    }
  }

  #give(subject: S, { matches, timeouts, dropped }: Outcome<E>, timestamp: number): void {
    if (matches.length === 0 && timeouts.length === 0 && dropped.length === 0) return
    const { outputs } = this.#settings
    this.#counters.matches += matches.length
    this.#counters.timeouts += timeouts.length
    this.#counters.overflows += dropped.length
    const matcher = this.#watch.matcherOf(subject)
    const outputOf = (bound: unknown): unknown => this.#watch.output(subject, bound)
    for (const { last } of matches) {
      this.#outputs.push({ child: outputs.matches, value: outputOf(matcher.match(last)), timestamp, last })
    }
    for (const { last, timestamp: end } of timeouts) {
      this.#outputs.push({ child: outputs.timeouts, value: outputOf(matcher.partial(last)), timestamp: end, last })
    }
    for (const last of dropped) {
      this.context.dropped('overflow')
      this.#outputs.push({ child: outputs.dropped, value: outputOf(matcher.partial(last)), timestamp, last })
    }
  }
}
