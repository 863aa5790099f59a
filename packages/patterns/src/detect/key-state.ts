/**
 * One key in memory and what of it is in the store. `write` brings the store up to date with as few writes as it can: runs
 * that did not move since the last time are not written, an event is written when a run that is still there has bound it, and
 * deleted with the last. Once that is done what is here can be dropped: the store has it all.
 *
 * At least once, a crash can leave the changelog with the first writes and without the rest. So what is named is written before
 * what names it, all deletions come last, and what names something that is not there all the same (two workers wrote, one of
 * them thrown out of the group) is dropped when it is read: its input comes again.
 */

import type { KeyRuns } from '../match/key-runs.ts'
import type { Matcher } from '../match/matcher.ts'
import type { BoundEvent, Finished } from '../match/run.ts'
import { groupData, groupOf, heldData, heldOf } from '../match/run-data.ts'
import { WaitingEvents } from '../time/waiting-events.ts'
import type { PatternStore } from './pattern-store.ts'
import { PART, partKey, type StateKey, timerKey } from './state-key.ts'
import { type MetaValue, type RunsValue, TIMER_VALUE } from './state-value.ts'

/** An event that waits, and its place among those of its key. */
interface Arrival<E> {
  readonly n: number
  readonly timestamp: number
  readonly value: E
  /** Whether the store has it. */
  written: boolean
  taken: boolean
}

interface WrittenMatch<E> {
  readonly match: Finished<E>
  readonly seqs: readonly number[]
}

export class KeyState<K, E> {
  readonly key: K
  readonly runs: KeyRuns<E>
  readonly waiting: WaitingEvents<Arrival<E>> = new WaitingEvents()
  readonly #store: PatternStore<K, E>
  /** By the `seq` of the start: the events its runs have bound, as written. */
  readonly #groups = new Map<number, readonly number[]>()
  #held: readonly WrittenMatch<E>[] = []
  /** How many groups and held matches have bound a written event. */
  readonly #uses = new Map<number, number>()
  #meta: MetaValue | undefined
  #nextArrival = 0
  /** What came, and what was taken though the store has it, since the last write. */
  #arrived: Arrival<E>[] = []
  #taken: Arrival<E>[] = []
  /** What `write` is to delete at its end. */
  readonly #deletions: StateKey<K>[] = []
  #wakeAt = Number.POSITIVE_INFINITY
  /** The time of its timer in the store. */
  #writtenWakeAt = Number.POSITIVE_INFINITY

  /** @param meta as the store has it; undefined: it has nothing of the key */
  constructor(key: K, store: PatternStore<K, E>, matcher: Matcher<E, unknown>, meta: MetaValue | undefined) {
    this.key = key
    this.runs = matcher.start()
    this.#store = store
    this.#meta = meta
    if (meta !== undefined) {
      this.runs.canStart = meta.canStart
      this.#wakeAt = meta.wakeAt ?? Number.POSITIVE_INFINITY
      this.#writtenWakeAt = this.#wakeAt
      this.#load(matcher)
    }
    this.runs.live.track()
  }

  /** When it is to be woken: not later than it has to be. */
  get wakeAt(): number {
    return this.#wakeAt
  }

  /** Keeps an event until its time has come. */
  wait(value: E, timestamp: number): void {
    const arrival = { n: this.#nextArrival++, timestamp, value, written: false, taken: false }
    this.waiting.add(timestamp, arrival)
    this.#arrived.push(arrival)
  }

  /** The next event whose time has come; undefined if there is none. */
  take(time: number): { readonly timestamp: number; readonly value: E } | undefined {
    const arrival = this.waiting.take(time)?.event
    if (arrival === undefined) return undefined
    arrival.taken = true
    if (arrival.written) this.#taken.push(arrival)
    return arrival
  }

  /** Its timer has fired: it has none any more. */
  woken(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY
  }

  /**
   * When the runs need to be woken at the latest. True: sooner than it was to be. A timer that is too early is left: firing in
   * vain costs less than moving it with every event.
   */
  schedule(deadline: number): boolean {
    const wakeAt = Math.min(deadline, this.waiting.first)
    if (wakeAt >= this.#wakeAt) return false
    this.#wakeAt = wakeAt
    return true
  }

  /** Puts what has changed since the last time. */
  write(): void {
    const { canStart } = this.runs
    const deletions = this.#deletions
    const wakeAt = this.#wakeAt === Number.POSITIVE_INFINITY ? null : this.#wakeAt
    if (this.#wakeAt !== this.#writtenWakeAt) {
      if (wakeAt !== null) this.#store.put(timerKey(this.key, wakeAt), TIMER_VALUE)
      if (this.#writtenWakeAt !== Number.POSITIVE_INFINITY) deletions.push(timerKey(this.key, this.#writtenWakeAt))
      this.#writtenWakeAt = this.#wakeAt
    }
    const wanted = wakeAt !== null || !this.runs.isAtRest || this.waiting.size > 0
    if (wanted && (this.#meta?.wakeAt !== wakeAt || this.#meta.canStart !== canStart)) {
      this.#meta = { kind: 'meta', wakeAt, canStart }
      this.#store.put(partKey(this.key, PART.meta), this.#meta)
    }
    this.#writeWaiting()
    this.#writeRuns()
    if (!wanted && this.#meta !== undefined) {
      this.#meta = undefined
      deletions.push(partKey(this.key, PART.meta))
    }
    for (const at of deletions) this.#store.put(at, null)
    deletions.length = 0
  }

  #writeWaiting(): void {
    for (const arrival of this.#arrived) {
      if (arrival.taken) continue
      const { n, timestamp, value } = arrival
      this.#store.put(partKey(this.key, PART.waiting, n, timestamp), { kind: 'event', timestamp, event: value })
      arrival.written = true
    }
    for (const { n, timestamp } of this.#taken) {
      this.#deletions.push(partKey(this.key, PART.waiting, n, timestamp))
    }
    if (this.#arrived.length > 0) this.#arrived = []
    if (this.#taken.length > 0) this.#taken = []
  }

  #writeRuns(): void {
    const { key } = this
    const touched = this.runs.live.takeTouched()
    const heldChanged = this.#heldChanged()
    if (touched.length === 0 && !heldChanged) return
    const fresh = new Map<number, BoundEvent<E>>()
    const released: (readonly number[])[] = []
    const puts: (readonly [StateKey<K>, RunsValue])[] = []
    for (const group of touched) {
      const { seq } = group.start
      const before = this.#groups.get(seq)
      if (before !== undefined) released.push(before)
      if (group.runs.length > 0) {
        const used = new Map<number, BoundEvent<E>>()
        const data = groupData(group, (event) => used.set(event.seq, event))
        this.#groups.set(seq, this.#use(used, fresh))
        puts.push([partKey(key, PART.group, seq), { kind: 'runs', data }])
      } else if (before !== undefined) {
        this.#groups.delete(seq)
        this.#deletions.push(partKey(key, PART.group, seq))
      }
    }
    if (heldChanged) this.#writeHeld(puts, fresh, released)
    for (const seqs of released) for (const seq of seqs) this.#release(seq)
    for (const [seq, { timestamp, value }] of fresh) {
      this.#store.put(partKey(key, PART.event, seq), { kind: 'event', timestamp, event: value })
    }
    for (const [at, value] of puts) this.#store.put(at, value)
  }

  #heldChanged(): boolean {
    const { held } = this.runs
    if (held.size !== this.#held.length) return true
    let at = 0
    for (const match of held) if (match !== this.#held[at++].match) return true
    return false
  }

  #writeHeld(
    puts: (readonly [StateKey<K>, RunsValue])[],
    fresh: Map<number, BoundEvent<E>>,
    released: (readonly number[])[],
  ): void {
    const before = this.#held
    const written: WrittenMatch<E>[] = []
    for (const match of this.runs.held) {
      const n = written.length
      if (before[n]?.match === match) {
        written.push(before[n])
        continue
      }
      const used = new Map<number, BoundEvent<E>>()
      const data = heldData(match, (event) => used.set(event.seq, event))
      written.push({ match, seqs: this.#use(used, fresh) })
      if (before[n] !== undefined) released.push(before[n].seqs)
      puts.push([partKey(this.key, PART.held, n), { kind: 'runs', data }])
    }
    for (let n = written.length; n < before.length; n++) {
      released.push(before[n].seqs)
      this.#deletions.push(partKey(this.key, PART.held, n))
    }
    this.#held = written
  }

  #use(events: ReadonlyMap<number, BoundEvent<E>>, fresh: Map<number, BoundEvent<E>>): readonly number[] {
    for (const [seq, event] of events) {
      const uses = this.#uses.get(seq) ?? 0
      if (uses === 0) fresh.set(seq, event)
      this.#uses.set(seq, uses + 1)
    }
    return [...events.keys()]
  }

  #release(seq: number): void {
    const uses = (this.#uses.get(seq) as number) - 1
    if (uses > 0) {
      this.#uses.set(seq, uses)
      return
    }
    this.#uses.delete(seq)
    this.#deletions.push(partKey(this.key, PART.event, seq))
  }

  #load(matcher: Matcher<E, unknown>): void {
    const { key, runs } = this
    const events = new Map<number, BoundEvent<E>>()
    const eventOf = (seq: number): BoundEvent<E> => events.get(seq) as BoundEvent<E>
    const held: (WrittenMatch<E> & { readonly n: number; readonly value: RunsValue })[] = []
    const useless: StateKey<K>[] = []
    for (const [at, value] of this.#store.range(partKey(key, PART.event), partKey(key, PART.end))) {
      if (at.timer) continue
      if (value.kind === 'event') {
        const { timestamp, event } = value
        if (at.part === PART.waiting) {
          this.waiting.add(timestamp, { n: at.n, timestamp, value: event, written: true, taken: false })
          this.#nextArrival = Math.max(this.#nextArrival, at.n + 1)
        } else {
          events.set(at.n, { seq: at.n, timestamp, value: event })
          runs.nextSeq = at.n + 1
        }
      } else if (value.kind === 'runs') {
        const seqs = new Set<number>()
        for (let i = 2; i < value.data.bindings.length; i += 3) seqs.add(value.data.bindings[i])
        if (!events.has(value.data.start) || [...seqs].some((seq) => !events.has(seq))) {
          useless.push(at)
          continue
        }
        for (const seq of seqs) this.#uses.set(seq, (this.#uses.get(seq) ?? 0) + 1)
        if (at.part === PART.group) {
          const group = groupOf(value.data, eventOf)
          runs.live.add(group.start, group.runs)
          matcher.watchGaps(runs, group.runs)
          this.#groups.set(at.n, [...seqs])
        } else {
          held.push({ match: heldOf(value.data, eventOf), seqs: [...seqs], n: at.n, value })
        }
      }
    }
    for (const seq of events.keys()) if (!this.#uses.has(seq)) useless.push(partKey(key, PART.event, seq))
    for (const at of useless) this.#store.put(at, null)
    for (const [n, { n: was, value }] of held.entries()) {
      if (n === was) continue
      this.#store.put(partKey(key, PART.held, n), value)
      this.#store.put(partKey(key, PART.held, was), null)
    }
    // In the order of the heap's array they make the same heap again.
    for (const { match } of held) runs.held.offer(match)
    this.#held = held
  }
}
