/**
 * Runs as plain data of numbers, for a store. What a group bound is its own, so it is written with the group and gone with
 * it; events are only named by their `seq`, so that each is written once, elsewhere. A group that an event did not move is
 * the same data, and need not be written again.
 */

import type { Binding, BoundEvent, Finished, Run, RunGroup } from './run.ts'

/** The runs of one start. */
export interface GroupData {
  /** `seq` of the first event. */
  readonly start: number
  /** Three numbers a binding: index of the one before or -1, element, `seq` of the event. One comes after its before. */
  readonly bindings: readonly number[]
  /** Two numbers a run: state, index of its last binding. */
  readonly runs: readonly number[]
}

/** Gives the event of a `seq`. */
export type EventLookup<E> = (seq: number) => BoundEvent<E>

/** @param used called with each event that the data names, possibly more than once */
export function groupData<E>(
  group: Pick<RunGroup<E>, 'start' | 'runs'>,
  used: (event: BoundEvent<E>) => void,
): GroupData {
  const bindings: number[] = []
  const indexes = new Map<Binding<E>, number>()
  const runs = group.runs.flatMap(({ state, last }) => [state, indexOf(last, indexes, bindings, used)])
  return { start: group.start.seq, bindings, runs }
}

export function groupOf<E>(data: GroupData, eventOf: EventLookup<E>): { start: BoundEvent<E>; runs: Run<E>[] } {
  const bindings: Binding<E>[] = []
  for (let i = 0; i < data.bindings.length; i += 3) {
    const [before, element, seq] = data.bindings.slice(i, i + 3)
    const depth = before < 0 ? 1 : bindings[before].depth + 1
    bindings.push({ before: bindings[before], element, event: eventOf(seq), depth })
  }
  const runs: Run<E>[] = []
  for (let i = 0; i < data.runs.length; i += 2) {
    runs.push({ state: data.runs[i], last: bindings[data.runs[i + 1]] })
  }
  return { start: eventOf(data.start), runs }
}

/** A finished match that is held, as a group of one run; it has no state any more. */
export function heldData<E>(match: Finished<E>, used: (event: BoundEvent<E>) => void): GroupData {
  return groupData({ start: match.start, runs: [{ state: -1, last: match.last }] }, used)
}

export function heldOf<E>(data: GroupData, eventOf: EventLookup<E>): Finished<E> {
  const { start, runs } = groupOf(data, eventOf)
  return { start, last: runs[0].last }
}

/** The index of a binding in the table, which it and those before it are added to if they are not there. */
function indexOf<E>(
  last: Binding<E>,
  indexes: Map<Binding<E>, number>,
  table: number[],
  used: (event: BoundEvent<E>) => void,
): number {
  const missing: Binding<E>[] = []
  let at: Binding<E> | undefined = last
  for (; at !== undefined && !indexes.has(at); at = at.before) missing.push(at)
  let index = at === undefined ? -1 : (indexes.get(at) as number)
  for (const binding of missing.reverse()) {
    table.push(index, binding.element, binding.event.seq)
    used(binding.event)
    index = table.length / 3 - 1
    indexes.set(binding, index)
  }
  return index
}
