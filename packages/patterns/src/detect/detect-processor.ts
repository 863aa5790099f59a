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
import type { KeyState, PatternStore } from './key-state.ts'
import { KeyStates } from './key-states.ts'

export interface DetectSettings<K> {
  readonly storeName: string
  readonly keySerde: Serde<K> | undefined
  readonly time: 'event' | 'processing'
  readonly graceMs: number
  readonly liveKeys: number
  /** How often silent keys are looked at in processing time, ms. */
  readonly wakeEveryMs: number
  readonly outputs: OutputNames
  /** What explains a match in its header; undefined: nothing. */
  readonly explain: ((last: Binding<unknown>) => readonly object[]) | undefined
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

/** What is to be forwarded once the key is saved. */
interface Output {
  readonly child: string
  readonly value: unknown
  readonly timestamp: number
  readonly last: Binding<unknown>
}

export class DetectProcessor<K, E, M> extends ForwardingProcessor<K, E, K, unknown> {
  readonly #matcher: Matcher<E, M>
  readonly #settings: DetectSettings<K>
  #keys!: KeyStates<K, E>
  #metadata = ''
  /** Highest time seen, before grace. */
  #seen = Number.NEGATIVE_INFINITY
  /** What the runs take for now. */
  #now = Number.NEGATIVE_INFINITY
  #outputs: Output[] = []

  constructor(matcher: Matcher<E, M>, settings: DetectSettings<K>) {
    super()
    this.#matcher = matcher
    this.#settings = settings
  }

  override init(context: ProcessorContext<K, unknown>): void {
    super.init(context)
    const { storeName, keySerde, liveKeys, time, wakeEveryMs } = this.#settings
    const operator = context as OperatorContext<K, unknown>
    const store = context.store<PatternStore<K, E>>(storeName)
    // Where stores give back what was serialised, so must the runs.
    const limit = operator.freezesValues ? 0 : liveKeys
    this.#keys = new KeyStates(store, this.#matcher, resolveSerde(keySerde, operator.defaultKeySerde), limit)
    this.#metadata = `${context.nodeName}-time`
    this.#see(operator.processorMetadata(this.#metadata) ?? Number.NEGATIVE_INFINITY)
    // Stream time is looked at whenever it moves, so that what comes out does not depend on when a worker was restarted.
    if (time === 'event') context.schedule(1, 'stream-time', () => this.#advance())
    else context.schedule(wakeEveryMs, 'wall-clock-time', () => this.#advance())
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
      this.context.forward(record as StreamRecord<K, unknown>, this.#settings.outputs.late)
      return
    }
    this.#change(this.#keys.get(key), (state) => {
      if (timestamp > this.#now) state.wait(value, timestamp)
      else this.#take(state, value, timestamp)
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
          this.#take(woken, event.value, event.timestamp)
        }
        this.#give(this.#matcher.advance(woken.runs, now), now)
      })
    }
  }

  #see(seen: number): void {
    this.#seen = seen
    this.#now = this.#settings.time === 'event' ? seen - this.#settings.graceMs : seen
  }

  #take({ runs }: KeyState<K, E>, event: E, timestamp: number): void {
    this.#give(this.#matcher.advance(runs, timestamp), timestamp)
    this.#give(this.#matcher.process(runs, event, timestamp), timestamp)
  }

  /** Changes a key, saves it, and only then forwards what came of it: a failure leaves the key as it was. */
  #change(state: KeyState<K, E>, change: (state: KeyState<K, E>) => void): void {
    try {
      change(state)
      this.#keys.save(state)
    } catch (error) {
      this.#outputs = []
      this.#keys.forget(state.key)
      throw error
    }
    if (this.#outputs.length === 0) return
    const outputs = this.#outputs
    this.#outputs = []
    for (const { child, value, timestamp, last } of outputs) {
      const record = new StreamRecord<K, unknown>(state.key, value, timestamp)
      const explanation = this.#settings.explain?.(last)
      if (explanation !== undefined) record.headers.add(EXPLANATION, Buffer.from(JSON.stringify(explanation)))
      this.context.forward(record, child)
    }
  }

  #give({ matches, timeouts, dropped }: Outcome<E>, timestamp: number): void {
    const { outputs } = this.#settings
    for (const { last } of matches) {
      this.#outputs.push({ child: outputs.matches, value: this.#matcher.match(last), timestamp, last })
    }
    for (const { last, timestamp: end } of timeouts) {
      this.#outputs.push({ child: outputs.timeouts, value: this.#matcher.partial(last), timestamp: end, last })
    }
    for (const last of dropped) {
      this.context.dropped('overflow')
      this.#outputs.push({ child: outputs.dropped, value: this.#matcher.partial(last), timestamp, last })
    }
  }
}
