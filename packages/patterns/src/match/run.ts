/**
 * The runs of a pattern on one key. A run is where it stands and what it bound last; what it bound is a linked list, shared
 * between the runs that branched from it, over events that are stored once. Runs that began with the same event form a
 * group: skip strategies and the whole-match window drop groups, never single runs. Plain data; the matcher moves it.
 */

/** An event some run has bound. `seq` grows in the order events are processed, on its key. */
export interface BoundEvent<E> {
  readonly seq: number
  readonly timestamp: number
  readonly value: E
}

/** One event bound by a run to an element, and what the run bound before. */
export interface Binding<E> {
  readonly before: Binding<E> | undefined
  /** Index into the automaton's elements. */
  readonly element: number
  readonly event: BoundEvent<E>
  /** How many events the run has bound with this one. */
  readonly depth: number
}

export interface Run<E> {
  /** Index into the automaton's states. */
  readonly state: number
  readonly last: Binding<E>
}

/** All live runs that began with one event. */
export interface RunGroup<E> {
  readonly start: BoundEvent<E>
  /** In Flink's order; empty once the group is dead. */
  runs: readonly Run<E>[]
  /** The event that last visited it; the matcher's. */
  visit: number
}

/** A run that has completed. */
export interface Finished<E> {
  readonly start: BoundEvent<E>
  readonly last: Binding<E>
}

/** A run that ended unfinished, and when its window was over. */
export interface TimedOut<E> {
  readonly last: Binding<E>
  readonly timestamp: number
}
