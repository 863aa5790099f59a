/**
 * Pattern → automaton, the one FlinkCEP 2.1 compiles to, state names and edge order included: results depend on both,
 * and the conformance cases compare them. A pattern is compiled from its last element backwards, so that a state is made
 * after the one it leads to. Knows nothing of runs or events; conditions are combined, never called.
 */

import {
  and,
  type Choice,
  type Condition,
  type Element,
  isOptional,
  not,
  ONCE,
  or,
  type PatternDefinition,
} from '../pattern/definition.ts'
import { PatternError } from '../pattern/pattern-error.ts'
import type { SkipStrategy } from '../pattern/skip-strategy.ts'
import { FINAL_NAME, problemsOf } from '../pattern/validate.ts'
import { enterAbsences } from './absence.ts'
import type { Automaton, StateKind } from './automaton.ts'
import { addEdge, type DraftState, StateNames, seal } from './draft-state.ts'
import { ignoreCondition, innerIgnoreCondition, takeCondition, unlessUntil, whileOpen } from './edge-condition.ts'
import { follower, inside, type Place, type Scope } from './place.ts'

export interface CompileOptions {
  /** What matches are skipped; only its name is checked here. Default `none`. */
  readonly skip?: SkipStrategy
  /** What follows a greedy loop that is at its maximum: see `Semantics`. Default `refuse`, as Flink. */
  readonly greedyAtMaximum?: 'refuse' | 'release'
}

/**
 * Compiles a pattern.
 *
 * @throws PatternError with everything FlinkCEP would refuse
 */
export function compile(pattern: PatternDefinition, options: CompileOptions = {}): Automaton {
  const problems = problemsOf(pattern.elements, options.skip ?? 'none')
  if (problems.length > 0) throw new PatternError(problems)
  return new Compiler(options.greedyAtMaximum === 'release').compile(pattern.elements)
}

class Compiler {
  readonly #names = new StateNames()
  readonly #states: DraftState[] = []
  readonly #stops = new Map<string, DraftState>()
  /** States as they were before a greedy loop closed them to its own events. */
  readonly #beforeGreedy = new Map<string, DraftState>()
  readonly #release: boolean
  #windowMs: number | undefined

  /** @param release a greedy loop at its maximum is over */
  constructor(release: boolean) {
    this.#release = release
  }

  compile(elements: readonly Element[]): Automaton {
    const last = elements[elements.length - 1]
    const final = this.#state(FINAL_NAME, 'final', undefined)
    this.#windowMs = last.withinMs
    const start = this.#sequence(final, { elements, group: undefined, firstPass: true, afterGroup: undefined })
    start.kind = 'start'
    enterAbsences(start, this.#states)
    this.#checkWindows(last)
    return seal(start, elements, this.#windowMs ?? 0)
  }

  #checkWindows(last: Element): void {
    const windowMs = this.#windowMs
    const problems: string[] = []
    const tooLong = this.#states.find((state) => windowMs !== undefined && (state.gapMs ?? 0) > windowMs)
    if (tooLong?.kind === 'absence') {
      problems.push(
        `${tooLong.element}: an absence of ${tooLong.gapMs} ms cannot be over within the whole match's ${windowMs} ms`,
      )
    } else if (tooLong !== undefined) {
      problems.push(
        `${tooLong.element}: the window since the previous event, ${tooLong.gapMs} ms, is longer than that of the whole match, ${windowMs} ms`,
      )
    }
    const gap = this.#states.find((state) => state.name === last.name)?.gapMs ?? 0
    if (last.contiguity === 'notFollowedBy' && gap <= 0 && (windowMs ?? 0) === 0) {
      problems.push(`${last.name}: a pattern can end in notFollowedBy only with a window: add within()`)
    }
    if (problems.length > 0) throw new PatternError(problems)
  }

  /** The states of a pattern, or of one pass of a group, before `sink`; gives the first. */
  #sequence(sink: DraftState, scope: Scope): DraftState {
    let next = sink
    for (let index = scope.elements.length - 1; index >= 0; index--) {
      const place = { ...scope, index }
      const element = scope.elements[index]
      if (index > 0 && element.contiguity === 'notFollowedBy') next = this.#lastNegation(next, place)
      else if (index > 0 && element.contiguity === 'notNext') next = this.#notNext(next, place)
      else if (element.contiguity === 'absent') next = this.#absence(next, place)
      else if (element.choice !== undefined) next = this.#choice(next, element.choice, place)
      else next = this.#element(next, place)
      const windowMs = scope.elements[index - 1]?.withinMs
      if (windowMs !== undefined) this.#windowMs = Math.min(windowMs, this.#windowMs ?? windowMs)
    }
    return next
  }

  /** `notFollowedBy` is edges of its neighbours, except at the end, where a run waits for its time to be over. */
  #lastNegation(next: DraftState, place: Place): DraftState {
    const element = place.elements[place.index]
    const windowed = element.withinPreviousMs !== undefined || (this.#windowMs ?? 0) > 0
    if (!windowed || next.kind !== 'final') return next
    const pending = this.#state(element.name as string, 'pending', element)
    const hit = takeCondition(element, place)
    addEdge(pending, 'proceed', this.#stop(element.name as string, hit), hit)
    addEdge(pending, 'ignore', pending, not(hit))
    return pending
  }

  #notNext(next: DraftState, place: Place): DraftState {
    const element = place.elements[place.index]
    const state = this.#state(element.name as string, 'normal', element)
    const hit = takeCondition(element, place)
    const stop = this.#stop(element.name as string, hit)
    // Into the final state by an ignore edge: a proceed edge would complete the match before the next event is seen.
    addEdge(state, next.kind === 'final' ? 'ignore' : 'proceed', next, not(hit))
    addEdge(state, 'proceed', stop, hit)
    return state
  }

  /** A state that a run leaves by time alone. Whatever leads to it is changed to enter it at once: `enterAbsences`. */
  #absence(next: DraftState, place: Place): DraftState {
    const element = place.elements[place.index]
    const state = this.#add(element.name as string, element.name as string, 'absence', element)
    state.goesOn = next
    const hit = takeCondition(element, place)
    addEdge(state, 'proceed', this.#stop(element.name as string, hit), hit)
    addEdge(state, 'ignore', state, not(hit))
    this.#addStops(state, place)
    return state
  }

  /**
   * A state that waits for the first event of any part: it goes on, with that event, to the heads of the parts, where no run
   * ever is. Of `all`, what follows a part is the same for those that are left.
   */
  #choice(sink: DraftState, choice: Choice, place: Place): DraftState {
    const { parts } = choice
    const known = new Map<number, DraftState>([[0, sink]])
    const waitingFor = (left: number, at: Place): DraftState => {
      const made = known.get(left)
      if (made !== undefined) return made
      const mine = parts.flatMap((part, i) =>
        left & (1 << i) ? [{ part, rest: choice.of === 'any' ? 0 : left ^ (1 << i) }] : [],
      )
      const heads = mine.map(({ part, rest }) => {
        const after = waitingFor(rest, { ...at, index: 1 })
        return this.#sequence(after, partScope(part, place, rest === 0 ? place.afterGroup : undefined))
      })
      const state = this.#waitForHeads(
        heads,
        mine.map(({ part }) => part[0].where).reduce(or),
        mine.map(({ part }) => part[0].name).join('|'),
        at,
      )
      known.set(left, state)
      return state
    }
    return waitingFor((1 << parts.length) - 1, place)
  }

  #waitForHeads(heads: readonly DraftState[], anyHead: Condition, name: string, place: Place): DraftState {
    const as: Element = { name, contiguity: 'followedBy', where: anyHead, quantifier: ONCE }
    const ignore = ignoreCondition(as, place)
    const waits = (first: boolean): DraftState => {
      const state = this.#state(name, 'normal', undefined)
      for (const head of heads) addEdge(state, 'proceed', head, whileOpen(place))
      this.#addStops(state, place)
      if (ignore !== undefined) addEdge(state, 'ignore', first && passedOnce(place) ? waits(false) : state, ignore)
      return state
    }
    return waits(true)
  }

  #element(sink: DraftState, place: Place): DraftState {
    const element = place.elements[place.index]
    let first: DraftState
    if (element.quantifier.kind === 'loop') {
      const looping = this.#looping(this.#withoutNots(sink, place), place)
      first = this.#times(looping, sink, place)
    } else if (element.quantifier.kind === 'times') {
      first = this.#times(sink, sink, place)
    } else {
      const take = takeCondition(element, place)
      const ignore = ignoreCondition(element, place)
      first = this.#single(sink, sink, take, ignore, isOptional(element), place, true)
    }
    this.#addStops(first, place)
    return first
  }

  /** The repeats that are counted: the first, those that must come, and those that may. */
  #times(sink: DraftState, proceed: DraftState, place: Place): DraftState {
    const element = place.elements[place.index]
    const { until, greedy, from: least, to } = element.quantifier
    const from = Math.max(1, least)
    const most = element.quantifier.kind === 'loop' ? from : to
    const ignore = innerIgnoreCondition(element, place)
    const take = unlessUntil(takeCondition(element, place), until)
    let next = sink
    if (greedy && from !== most) {
      if (until !== undefined) this.#beforeGreedy.set(sink.name, this.#copy(sink))
      if (this.#release) next = this.#copy(sink)
      closeTo(sink, take)
    }
    for (let i = from; i < most; i++) {
      next = this.#single(next, proceed, take, ignore, true, place, false)
      this.#addStopOfFollower(next, place)
    }
    for (let i = 1; i < from; i++) {
      next = this.#single(next, undefined, take, ignore, false, place, false)
      this.#addStopOfFollower(next, place)
    }
    const firstIgnore = ignoreCondition(element, place)
    return this.#single(next, proceed, take, firstIgnore, isOptional(element), place, true)
  }

  /** One repeat of an element: a state, and if it can be passed over a twin to wait in, so that it is passed once. */
  #single(
    sink: DraftState,
    proceed: DraftState | undefined,
    take: Condition,
    ignore: Condition | undefined,
    optional: boolean,
    place: Place,
    firstPass: boolean,
  ): DraftState {
    const element = place.elements[place.index]
    if (element.group !== undefined) return this.#group(sink, proceed, optional, place, firstPass)
    const state = this.#state(element.name as string, 'normal', element)
    const taken = this.#withoutNots(sink, place)
    addEdge(state, 'take', taken, take)
    const open = whileOpen(place)
    if (optional && proceed !== undefined) {
      const until = element.quantifier.greedy ? element.quantifier.until : undefined
      if (until !== undefined) {
        addEdge(state, 'proceed', this.#beforeGreedy.get(proceed.name) ?? proceed, and(open, until))
      }
      addEdge(state, 'proceed', proceed, until === undefined ? open : and(open, not(until)))
    }
    if (ignore === undefined) return state
    let waiting = state
    if (optional || passedOnce(place)) {
      waiting = this.#state(element.name as string, 'normal', undefined)
      addEdge(waiting, 'take', taken, take)
      addEdge(waiting, 'ignore', waiting, ignore)
      this.#addStops(waiting, place)
    }
    addEdge(state, 'ignore', waiting, ignore)
    return state
  }

  #group(
    sink: DraftState,
    proceed: DraftState | undefined,
    optional: boolean,
    place: Place,
    firstPass: boolean,
  ): DraftState {
    const first = this.#sequence(sink, inside(place, firstPass))
    if (optional && proceed !== undefined) addEdge(first, 'proceed', proceed, whileOpen(place))
    return first
  }

  /** The open end of a loop: takes again and again, or proceeds. */
  #looping(sink: DraftState, place: Place): DraftState {
    const element = place.elements[place.index]
    if (element.group !== undefined) return this.#loopingGroup(sink, place)
    const { until, greedy } = element.quantifier
    const ignore = innerIgnoreCondition(element, place)
    const take = unlessUntil(takeCondition(element, place), until)
    const open = whileOpen(place)
    const state = this.#state(element.name as string, 'normal', element)
    if (greedy) {
      if (until !== undefined) {
        const before = this.#copy(sink)
        addEdge(state, 'proceed', before, and(open, until))
        this.#beforeGreedy.set(sink.name, before)
      }
      addEdge(state, 'proceed', sink, until === undefined ? open : and(open, not(until)))
      closeTo(sink, takeCondition(element, place))
    } else {
      addEdge(state, 'proceed', sink, open)
    }
    addEdge(state, 'take', state, take)
    this.#addStopOfFollower(state, place)
    if (ignore !== undefined) {
      const waiting = this.#state(element.name as string, 'normal', undefined)
      addEdge(waiting, 'take', state, take)
      addEdge(waiting, 'ignore', waiting, ignore)
      addEdge(state, 'ignore', waiting, ignore)
      this.#addStopOfFollower(waiting, place)
    }
    return state
  }

  #loopingGroup(sink: DraftState, place: Place): DraftState {
    const again = this.#state('GroupPattern', 'normal', place.elements[place.index])
    const first = this.#sequence(again, inside(place, false))
    addEdge(first, 'proceed', sink, whileOpen(place))
    addEdge(again, 'proceed', first, whileOpen(place))
    return first
  }

  /** The negations that are in force where an element waits: those before it, optional elements between passed over. */
  #notsBefore(place: Place): { name: string; hit: Condition }[] {
    const nots: { name: string; hit: Condition }[] = []
    for (let i = place.index - 1; i >= 0; i--) {
      const before = place.elements[i]
      if (before.contiguity === 'notFollowedBy') {
        nots.push({ name: before.name as string, hit: takeCondition(before, place) })
      } else if (!isOptional(before)) {
        break
      }
    }
    return nots
  }

  #addStops(state: DraftState, place: Place): void {
    for (const { name, hit } of this.#notsBefore(place)) addEdge(state, 'proceed', this.#stop(name, hit), hit)
  }

  /** A negation after a loop already holds while it loops. */
  #addStopOfFollower(state: DraftState, place: Place): void {
    const next = follower(place)
    if (next?.contiguity !== 'notFollowedBy') return
    const hit = takeCondition(next, place)
    addEdge(state, 'proceed', this.#stop(next.name as string, hit), hit)
  }

  /** Once an optional element has taken an event, the negations before it are no longer in force: a copy without them. */
  #withoutNots(sink: DraftState, place: Place): DraftState {
    const nots = this.#notsBefore(place)
    if (nots.length === 0 || !isOptional(place.elements[place.index])) return sink
    const copy = this.#copyOf(sink, sink.name)
    for (const { action, to, when } of sink.edges) {
      if (action !== 'proceed') addEdge(copy, action, to === sink ? copy : to, when)
      else if (to.kind !== 'stop') addEdge(copy, action, this.#withoutNots(to, place), when)
      else if (!nots.some((one) => one.name === to.name)) addEdge(copy, action, to, when)
    }
    return copy
  }

  #copy(state: DraftState): DraftState {
    const copy = this.#copyOf(state, state.element)
    for (const { action, to, when } of state.edges) addEdge(copy, action, to === state ? copy : to, when)
    return copy
  }

  #copyOf({ element, kind, gapMs, goesOn }: DraftState, wanted: string): DraftState {
    const name = this.#names.unique(wanted)
    // The wait of an absence is what it is; other waits are not copied, as in Flink.
    const copy = { name, element, kind, gapMs: kind === 'absence' ? gapMs : undefined, goesOn, edges: [] }
    this.#states.push(copy)
    return copy
  }

  #stop(name: string, hit: Condition): DraftState {
    const known = this.#stops.get(name)
    if (known !== undefined) return known
    const stop = this.#state(name, 'stop', undefined)
    addEdge(stop, 'take', stop, hit)
    this.#stops.set(name, stop)
    return stop
  }

  /** A new state; `element`: it waits for that element, under its window. */
  #state(name: string, kind: StateKind, element: Element | undefined): DraftState {
    return this.#add(name, name, kind, element)
  }

  #add(wanted: string, bound: string, kind: StateKind, element: Element | undefined): DraftState {
    const name = this.#names.unique(wanted)
    let gapMs: number | undefined
    if (kind === 'absence') gapMs = element?.absentMs
    else if (element?.quantifier.kind === 'one') gapMs = element.withinPreviousMs
    // Only where a repeat must come: the last of a loop has the plain name.
    else if (name.includes(':')) gapMs = element?.quantifier.gapMs
    const state: DraftState = { name, element: bound, kind, gapMs, goesOn: undefined, edges: [] }
    this.#states.push(state)
    return state
  }
}

/** The head of an optional group, which is passed over once, before it has waited. */
function passedOnce({ group, index, firstPass }: Place): boolean {
  return group !== undefined && index === 0 && firstPass && isOptional(group)
}

/** Inside a part of a choice: its head takes the event that the choice has gone on with, and passes over nothing. */
function partScope(part: readonly Element[], { group }: Place, afterGroup: Element | undefined): Scope {
  const until = group?.quantifier.until
  const quantifier = { ...ONCE, inner: part[0].quantifier.inner, ...(until === undefined ? {} : { until }) }
  const strict: Element = { group: part, contiguity: 'next', where: part[0].where, quantifier }
  return { elements: part, group: strict, firstPass: true, afterGroup }
}

/** A greedy loop before a state: what the loop could take may not pass. */
function closeTo(state: DraftState, take: Condition): void {
  for (const edge of state.edges) edge.when = and(edge.when, not(take))
}
