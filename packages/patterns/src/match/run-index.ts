/**
 * The live runs of one key: groups in the order of their first events, and for each state the groups with a run there, so
 * that an event is offered only to runs it can move. Flink keeps them in a heap that it rebuilds for each event and walks
 * in the order of its array; since runs start in the order of events, that array is always sorted, which this keeps.
 * Lists may name groups that are dead; they are left out when a list is walked, and swept when they are the most.
 */

import type { BoundEvent, Run, RunGroup } from './run.ts'

export class RunIndex<E> {
  #groups: RunGroup<E>[] = []
  readonly #byState: RunGroup<E>[][]
  /** Scratch: the states of the group being replaced, by visit. */
  readonly #mark: Int32Array
  #visit = 0
  #runs = 0
  #head = 0
  #dead = 0
  #touched: Set<RunGroup<E>> | undefined

  constructor(states: number) {
    this.#byState = Array.from({ length: states }, () => [])
    this.#mark = new Int32Array(states)
  }

  /** How many starts have live runs. */
  get size(): number {
    return this.#groups.length - this.#dead
  }

  /** How many runs are live. */
  get runs(): number {
    return this.#runs
  }

  /** The group that began first. */
  first(): RunGroup<E> | undefined {
    const groups = this.#groups
    while (this.#head < groups.length && groups[this.#head].runs.length === 0) this.#head++
    return groups[this.#head]
  }

  /** The live groups in order. */
  *groups(): Generator<RunGroup<E>> {
    for (const group of this.#groups) if (group.runs.length > 0) yield group
  }

  hasRunsIn(state: number): boolean {
    return this.#byState[state].length > 0
  }

  /** The live groups with a run in any of the states, in order, each once. */
  inStates(states: readonly number[]): RunGroup<E>[] {
    const visit = ++this.#visit
    const found: RunGroup<E>[] = []
    let sorted = true
    for (const state of states) {
      for (const group of this.#byState[state]) {
        if (group.runs.length === 0 || group.visit === visit) continue
        group.visit = visit
        if (found.length > 0 && found[found.length - 1].start.seq > group.start.seq) sorted = false
        found.push(group)
      }
    }
    return sorted ? found : found.sort((a, b) => a.start.seq - b.start.seq)
  }

  /** Replaces the runs of groups; `states` are those the groups were found by, and only runs in them may have moved. */
  replace(states: readonly number[], groups: readonly RunGroup<E>[], runs: readonly (readonly Run<E>[])[]): void {
    const mark = this.#mark
    for (let i = 0; i < groups.length; i++) {
      // What a group keeps in other states is in their lists already.
      const visit = ++this.#visit
      for (const run of groups[i].runs) mark[run.state] = visit
      for (const state of states) mark[state] = 0
      if (i === 0) for (const state of states) this.#byState[state] = []
      this.#list(groups[i], runs[i], visit)
      if (groups[i].runs !== runs[i]) this.#set(groups[i], runs[i])
    }
    if (groups.length === 0) for (const state of states) this.#byState[state] = []
    this.#sweep()
  }

  /** A new group; its start is later than that of all others. */
  add(start: BoundEvent<E>, runs: readonly Run<E>[]): void {
    const group: RunGroup<E> = { start, runs, visit: 0 }
    this.#groups.push(group)
    this.#runs += runs.length
    this.#touched?.add(group)
    this.#list(group, runs, ++this.#visit)
  }

  /** Drops groups from the first on, while `drop` says so. */
  dropWhile(drop: (start: BoundEvent<E>) => boolean): RunGroup<E>[] {
    const dropped: RunGroup<E>[] = []
    for (let group = this.first(); group !== undefined && drop(group.start); group = this.first()) {
      dropped.push({ ...group })
      this.#set(group, [])
    }
    this.#sweep()
    return dropped
  }

  /** Whether runs that began with the event of that `seq` are live. */
  has(seq: number): boolean {
    const group = this.#groups[this.#indexFrom(seq)]
    return group !== undefined && group.start.seq === seq && group.runs.length > 0
  }

  /** Drops the group that began first. */
  dropFirst(): readonly Run<E>[] {
    const group = this.first()
    if (group === undefined) return []
    const { runs } = group
    this.#set(group, [])
    this.#sweep()
    return runs
  }

  /** Drops the group that began last. */
  dropLast(): readonly Run<E>[] {
    let at = this.#groups.length - 1
    while (at >= 0 && this.#groups[at].runs.length === 0) at--
    if (at < 0) return []
    const { runs } = this.#groups[at]
    this.#set(this.#groups[at], [])
    this.#sweep()
    return runs
  }

  /** Drops the groups that began from one event up to another, exclusive, by their `seq`. */
  dropRange(from: number, until: number): void {
    const groups = this.#groups
    for (let i = this.#indexFrom(from); i < groups.length && groups[i].start.seq < until; i++) {
      if (groups[i].runs.length > 0) this.#set(groups[i], [])
    }
    this.#sweep()
  }

  /** The index of the first group that began at `seq` or later; dead ones before the first live one are passed over. */
  #indexFrom(seq: number): number {
    let low = this.#head
    let high = this.#groups.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#groups[middle].start.seq < seq) low = middle + 1
      else high = middle
    }
    return low
  }

  /** From now on remembers which groups change, for `takeTouched`. */
  track(): void {
    this.#touched ??= new Set()
  }

  /** The groups that were added, changed or dropped since the last call; those without runs are gone. */
  takeTouched(): RunGroup<E>[] {
    const touched = [...(this.#touched ?? [])]
    this.#touched?.clear()
    return touched
  }

  #set(group: RunGroup<E>, runs: readonly Run<E>[]): void {
    this.#runs += runs.length - group.runs.length
    group.runs = runs
    this.#touched?.add(group)
    if (runs.length === 0) this.#dead++
  }

  #list(group: RunGroup<E>, runs: readonly Run<E>[], visit: number): void {
    const mark = this.#mark
    for (const run of runs) {
      if (mark[run.state] === visit) continue
      mark[run.state] = visit
      this.#byState[run.state].push(group)
    }
  }

  #sweep(): void {
    if (this.#dead < 16 || this.#dead * 2 < this.#groups.length) return
    const alive = (group: RunGroup<E>): boolean => group.runs.length > 0
    this.#groups = this.#groups.filter(alive)
    for (let state = 0; state < this.#byState.length; state++) this.#byState[state] = this.#byState[state].filter(alive)
    this.#head = 0
    this.#dead = 0
  }
}
