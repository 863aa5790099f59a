/**
 * The matcher of one pattern: pure and synchronous, it moves the runs of a key by one event or to a point in time, and
 * says what completed and what timed out. Results and their order are FlinkCEP's. It keeps nothing between calls but the
 * numbers of its metrics; all state is in the KeyRuns it is given.
 *
 * An event costs one look at each state that has live runs, and the runs it can move; runs that it leaves where they are
 * are not touched (unless a condition reads the match: then each run in that state is asked).
 */

import type { Automaton, State } from '../automaton/automaton.ts'
import type { PartialMatch } from '../pattern/match-type.ts'
import type { SkipStrategy } from '../pattern/skip-strategy.ts'
import { Completion } from './completion.ts'
import { ConditionScope } from './condition-scope.ts'
import { KeyRuns } from './key-runs.ts'
import { OverflowError, type RunLimits } from './limits.ts'
import { MatchViews } from './match-view.ts'
import type { Binding, BoundEvent, Finished, Run, RunGroup, TimedOut } from './run.ts'
import { FLINK, type Semantics } from './semantics.ts'
import { END, STAY, type Step, Stepper } from './step.ts'

export interface Outcome<E> {
  /** Matches to emit, in order. */
  readonly matches: readonly Finished<E>[]
  readonly timeouts: readonly TimedOut<E>[]
  /** Whether a run began. */
  readonly began: boolean
  /** Runs that were dropped because the key, or they, had reached a limit. */
  readonly dropped: readonly Binding<E>[]
}

const NOTHING: readonly never[] = Object.freeze<never[]>([])
const QUIET: Outcome<never> = Object.freeze({ matches: NOTHING, timeouts: NOTHING, began: false, dropped: NOTHING })

/** What the run that waits for a start became. */
interface Beginning<E> {
  readonly runs: readonly Run<E>[]
  readonly stopped: boolean
  readonly took: boolean
}

export class Matcher<E, Match = Record<string, E | E[] | undefined>> {
  readonly automaton: Automaton
  readonly semantics: Semantics
  readonly #scope: ConditionScope<E>
  readonly #stepper: Stepper<E>
  readonly #views: MatchViews<E>
  readonly #completion: Completion<E>
  readonly #gapStates: readonly number[]
  readonly #windowMs: number
  /** The states in which a run is a match when its time is over. */
  readonly #completing: ReadonlySet<number>
  /** The states that a run can be in between two events. */
  readonly #inhabited: readonly number[]
  /** Of an absence, the state after it; -1 for all others. */
  readonly #goesOn: readonly number[]
  /** The states that a run need not leave to be complete. */
  readonly #final: ReadonlySet<number>
  /** Scratch: for each state, what the event does to its runs; undefined: it depends on the run. */
  readonly #steps: (Step | undefined)[]
  #event: BoundEvent<E> | undefined
  readonly #runsPerKey: number
  readonly #eventsPerRun: number
  readonly #onOverflow: NonNullable<RunLimits['onOverflow']>
  /** Whether a match may fail when it is completed, with runs moved already: its skip strategy has `throwOnMiss`. */
  readonly failsHalfway: boolean
  #dropped: Binding<E>[] = []

  /** Without options: every match, as Flink. */
  constructor(automaton: Automaton, skip: SkipStrategy = 'none', semantics: Semantics = FLINK, limits: RunLimits = {}) {
    this.automaton = automaton
    this.#views = new MatchViews(automaton)
    this.#scope = new ConditionScope(this.#views)
    this.#stepper = new Stepper(automaton, this.#scope)
    this.#completion = new Completion(automaton, skip, semantics)
    this.#gapStates = automaton.states.flatMap((state, i) => (state.gapMs === undefined ? [] : [i]))
    this.#windowMs = automaton.windowMs
    this.#completing = completingStates(automaton, semantics.loopsComplete)
    this.#goesOn = automaton.states.map(({ goesOn }) => goesOn ?? -1)
    this.#inhabited = inhabitedStates(automaton)
    this.#final = leadingTo(automaton, ({ kind }) => kind === 'final')
    this.semantics = semantics
    this.#runsPerKey = limits.runsPerKey ?? Number.POSITIVE_INFINITY
    this.#eventsPerRun = limits.eventsPerRun ?? Number.POSITIVE_INFINITY
    this.#onOverflow = limits.onOverflow ?? 'dropOldest'
    this.failsHalfway = typeof skip === 'object' && (skip.throwOnMiss ?? false)
    this.#steps = new Array(automaton.states.length).fill(STAY)
  }

  /** Whether the end of a wait wakes a key that has fallen silent. */
  get wakesForGaps(): boolean {
    return this.semantics.gapTimers || this.#goesOn.some((goesOn) => goesOn >= 0)
  }

  /** How often a condition was called. */
  get evaluations(): number {
    return this.#scope.evaluations
  }

  /** The state of a key that has seen nothing. */
  start(): KeyRuns<E> {
    return new KeyRuns(this.automaton, this.semantics.prefer)
  }

  /** A match as users see it. */
  match(last: Binding<E>): Match {
    return this.#views.match(last) as Match
  }

  /** What a run that timed out had bound, as users see it. */
  partial(last: Binding<E>): PartialMatch<Match> {
    return this.#views.match(last) as PartialMatch<Match>
  }

  /**
   * Offers an event to every run of the key. Events come in the order of their timestamps; `advance` comes first.
   *
   * @param starts whether a match may begin with it
   * @throws SkipError by the skip strategy; what a condition throws, and OverflowError: then no run has moved
   */
  process(key: KeyRuns<E>, value: E, timestamp: number, starts = true): Outcome<E> {
    this.#scope.enter(value)
    this.#event = undefined
    if (this.#dropped.length > 0) this.#dropped = []
    const moving = this.#movingStates(key)
    const begins = starts && key.canStart && this.#stepper.step(0) !== END
    if (moving.length === 0 && !begins) return QUIET
    const finished: Finished<E>[] = []
    let groups: RunGroup<E>[] = []
    const runs: (readonly Run<E>[])[] = []
    if (moving.length > 0) {
      groups = key.live.inStates(moving)
      for (const group of groups) runs.push(this.#visit(key, group, value, timestamp, finished))
    }
    const began = begins ? this.#begin(key, value, timestamp, finished) : undefined
    // No condition is called from here on.
    key.changes++
    if (this.#onOverflow === 'fail') this.#checkRoom(key, groups, runs, began)
    if (moving.length > 0) key.live.replace(moving, groups, runs)
    if (this.#event !== undefined) key.nextSeq++
    if (began !== undefined) this.#enter(key, began)
    const dropped = this.#makeRoom(key)
    if (finished.length === 0 && key.held.size === 0 && dropped.length === 0) {
      return began?.took ? { matches: NOTHING, timeouts: NOTHING, began: true, dropped: NOTHING } : QUIET
    }
    return {
      matches: this.#completion.complete(key, finished),
      timeouts: NOTHING,
      began: began?.took ?? false,
      dropped,
    }
  }

  /** Whether the event can move no run in any state and begin none: then a key need not be looked at for it. */
  ignores(value: E): boolean {
    this.#scope.enter(value)
    if (this.#stepper.step(0) !== END) return false
    return this.#inhabited.every((state) => this.#stepper.step(state) === STAY)
  }

  /** Ends the runs whose window is over at `now`, exclusive: an event at its very end comes too late. */
  advance(key: KeyRuns<E>, now: number): Outcome<E> {
    if (now < this.#windowEnd(key) && now < key.gapDeadline) return QUIET
    key.changes++
    const finished: Finished<E>[] = []
    const timeouts: TimedOut<E>[] = []
    if (now >= this.#windowEnd(key)) this.#expireWindows(key, now, finished, timeouts)
    if (now >= key.gapDeadline) this.#expireGaps(key, now, finished, timeouts)
    return { matches: this.#completion.complete(key, finished), timeouts, began: false, dropped: NOTHING }
  }

  /** The time at which `advance` next has something to do on the key; Infinity if never. */
  nextDeadline(key: KeyRuns<E>): number {
    return Math.min(key.gapDeadline, this.#windowEnd(key))
  }

  /** Runs that were put back: from now on the key knows when they will have waited too long. */
  watchGaps(key: KeyRuns<E>, runs: readonly Run<E>[]): void {
    for (const run of runs) this.#watchGap(key, run)
  }

  /** When the window of the first start is over; Infinity if there is no window or no run. */
  #windowEnd(key: KeyRuns<E>): number {
    if (this.#windowMs === 0) return Number.POSITIVE_INFINITY
    const first = key.live.first()
    return first === undefined ? Number.POSITIVE_INFINITY : first.start.timestamp + this.#windowMs
  }

  /** The states with live runs that the event can move; what it does to them is left in `#steps`. */
  #movingStates(key: KeyRuns<E>): readonly number[] {
    if (key.live.size === 0) return NOTHING
    let moving: number[] | undefined
    for (let state = 1; state < this.#steps.length; state++) {
      const step = key.live.hasRunsIn(state) ? this.#stepper.step(state) : STAY
      this.#steps[state] = step
      if (step === STAY) continue
      moving ??= []
      moving.push(state)
    }
    return moving ?? NOTHING
  }

  /** What the event makes of a group; the same array if it moves none of it. */
  #visit(key: KeyRuns<E>, group: RunGroup<E>, value: E, timestamp: number, finished: Finished<E>[]): readonly Run<E>[] {
    const { runs, start } = group
    let next: Run<E>[] | undefined
    for (let i = 0; i < runs.length; i++) {
      const run = runs[i]
      const step = this.#steps[run.state] ?? this.#stepOf(run)
      if (step === STAY) {
        next?.push(run)
        continue
      }
      next ??= runs.slice(0, i)
      if (step === END) continue
      let bound: Binding<E> | undefined
      for (const { element } of step.finished) {
        if (element >= 0 && bound?.element !== element) bound = this.#bind(key, run.last, element, value, timestamp)
        finished.push({ start, last: element < 0 ? run.last : (bound as Binding<E>) })
      }
      for (const { state, element } of step.live) {
        if (element >= 0 && bound?.element !== element) bound = this.#bind(key, run.last, element, value, timestamp)
        if (element >= 0 && run.last.depth >= this.#eventsPerRun) {
          if (this.#onOverflow === 'fail') throw new OverflowError('events in a run', this.#eventsPerRun)
          this.#dropped.push(run.last)
          continue
        }
        const moved = { state, last: element < 0 ? run.last : (bound as Binding<E>) }
        this.#watchGap(key, moved)
        next.push(moved)
      }
    }
    // A copy has no room to grow, which would cost more than a run.
    return next?.slice() ?? runs
  }

  /** Lets the run that waits for a start take the event; undefined if it does not. */
  #begin(key: KeyRuns<E>, value: E, timestamp: number, finished: Finished<E>[]): Beginning<E> | undefined {
    let step = this.#stepper.step(0)
    if (step === undefined) {
      this.#scope.enterRun(undefined)
      step = this.#stepper.step(0) as Step
      this.#scope.leaveRun()
    }
    if (step === END) return undefined
    for (const { element } of step.finished) {
      const last = this.#bind(key, undefined, element, value, timestamp)
      finished.push({ start: last.event, last })
    }
    const runs = step.live.map(({ state, element }): Run<E> => {
      return { state, last: this.#bind(key, undefined, element, value, timestamp) }
    })
    return { runs, stopped: step.stopped, took: step.took }
  }

  #enter(key: KeyRuns<E>, { runs, stopped }: Beginning<E>): void {
    if (stopped) key.canStart = false
    if (runs.length === 0) return
    this.watchGaps(key, runs)
    key.live.add(runs[0].last.event, runs)
  }

  #checkRoom(
    { live }: KeyRuns<E>,
    groups: readonly RunGroup<E>[],
    runs: readonly (readonly Run<E>[])[],
    began: Beginning<E> | undefined,
  ): void {
    let count = live.runs + (began?.runs.length ?? 0)
    for (let i = 0; i < groups.length; i++) count += runs[i].length - groups[i].runs.length
    if (count > this.#runsPerKey) throw new OverflowError('live runs of a key', this.#runsPerKey)
  }

  /** Drops whole starts until the key is within its limit; gives all that the event made be dropped. */
  #makeRoom({ live }: KeyRuns<E>): readonly Binding<E>[] {
    while (live.runs > this.#runsPerKey) {
      const runs = this.#onOverflow === 'dropNew' ? live.dropLast() : live.dropFirst()
      for (const run of runs) this.#dropped.push(run.last)
    }
    return this.#dropped.length === 0 ? NOTHING : this.#dropped
  }

  /** A binding of the current event, which is kept once however many runs bind it. */
  #bind(key: KeyRuns<E>, before: Binding<E> | undefined, element: number, value: E, timestamp: number): Binding<E> {
    this.#event ??= { seq: key.nextSeq, timestamp, value }
    return { before, element, event: this.#event, depth: before === undefined ? 1 : before.depth + 1 }
  }

  #stepOf(run: Run<E>): Step {
    this.#scope.enterRun(run.last)
    const step = this.#stepper.step(run.state) as Step
    this.#scope.leaveRun()
    return step
  }

  #watchGap(key: KeyRuns<E>, run: Run<E>): void {
    if (this.#gapStates.length === 0 || this.automaton.states[run.state].gapMs === undefined) return
    key.gapDeadline = Math.min(key.gapDeadline, this.#gapEnd(run))
  }

  /** When the run has waited as long as its state allows; NaN if it may wait for ever. */
  #gapEnd({ state, last }: Run<E>): number {
    return last.event.timestamp + (this.automaton.states[state].gapMs ?? Number.NaN)
  }

  #gapOver(run: Run<E>, now: number): boolean {
    return now >= this.#gapEnd(run)
  }

  #expireWindows(key: KeyRuns<E>, now: number, finished: Finished<E>[], timeouts: TimedOut<E>[]): void {
    for (const { start, runs } of key.live.dropWhile(({ timestamp }) => now - timestamp >= this.#windowMs)) {
      const end = start.timestamp + this.#windowMs
      const over: TimedOut<E>[] = []
      const before = finished.length
      for (const run of runs) {
        const at =
          this.#goesOn[run.state] >= 0 && this.#gapOver(run, end) ? this.#afterAbsence(start, run, finished) : run
        if (at === undefined) continue
        const waited = this.#goesOn[at.state] < 0 && this.#gapOver(at, now)
        this.#expire(start, at, waited ? this.#gapEnd(at) : end, finished, over)
      }
      if (this.semantics.timeouts === 'eachRun') timeouts.push(...over)
      // A start that has become a match has not timed out.
      else if (finished.length === before) timeouts.push(...longestOf(over))
    }
  }

  #expireGaps(key: KeyRuns<E>, now: number, finished: Finished<E>[], timeouts: TimedOut<E>[]): void {
    const groups = key.live.inStates(this.#gapStates)
    key.gapDeadline = Number.POSITIVE_INFINITY
    const kept = groups.map(({ start, runs }) => {
      const rest: Run<E>[] = []
      const ended: TimedOut<E>[] = []
      for (const run of runs) {
        const absence = this.#goesOn[run.state] >= 0 && this.#gapOver(run, now)
        const at = absence ? this.#afterAbsence(start, run, finished) : run
        if (at === undefined) continue
        if (this.#gapOver(at, now)) {
          this.#expire(start, at, this.#gapEnd(at), finished, ended)
        } else {
          this.#watchGap(key, at)
          rest.push(at)
        }
      }
      if (this.semantics.timeouts === 'eachRun') timeouts.push(...ended)
      // A start has timed out when nothing of it lives on.
      else if (rest.length === 0) timeouts.push(...longestOf(ended))
      return rest.length === runs.length && rest.every((run, i) => run === runs[i]) ? runs : rest
    })
    key.live.replace(this.#gapStates, groups, kept)
  }

  /** A run that has waited long enough that nothing came: it goes on, and is complete if nothing has to follow. */
  #afterAbsence(start: BoundEvent<E>, { state, last }: Run<E>, finished: Finished<E>[]): Run<E> | undefined {
    const goesOn = this.#goesOn[state]
    if (this.#final.has(goesOn)) finished.push({ start, last })
    return this.automaton.states[goesOn].kind === 'final' ? undefined : { state: goesOn, last }
  }

  /** A run whose time is over: complete if it was only waiting that nothing happens, else timed out. */
  #expire(start: BoundEvent<E>, run: Run<E>, end: number, finished: Finished<E>[], timeouts: TimedOut<E>[]): void {
    if (this.#completing.has(run.state)) finished.push({ start, last: run.last })
    else timeouts.push({ last: run.last, timestamp: end })
  }
}

/** Those that wait that nothing happens; with `loops` also those that only need to proceed to them. */
function completingStates(automaton: Automaton, loops: boolean): ReadonlySet<number> {
  const pending = ({ kind }: State): boolean => kind === 'pending'
  if (loops) return leadingTo(automaton, pending)
  return new Set(automaton.states.flatMap((state, i) => (pending(state) ? [i] : [])))
}

/** Those that an event leaves a run in, or time; others are only passed through. */
function inhabitedStates({ states }: Automaton): number[] {
  const found = new Set<number>()
  for (const { edges, goesOn } of states) {
    for (const { action, to } of edges) if (action !== 'proceed') found.add(to)
    if (goesOn !== undefined) found.add(goesOn)
  }
  return [...found].filter((state) => states[state].kind !== 'final' && states[state].kind !== 'stop')
}

/** Those states, and all that lead to them whatever the event. */
function leadingTo({ states }: Automaton, those: (state: State) => boolean): ReadonlySet<number> {
  const found = new Set(states.flatMap((state, i) => (those(state) ? [i] : [])))
  for (let before = -1; before < found.size; ) {
    before = found.size
    states.forEach(({ edges }, i) => {
      const proceeds = edges.some(({ action, to, when }) => {
        return action === 'proceed' && when.kind === 'always' && found.has(to)
      })
      if (i > 0 && proceeds) found.add(i)
    })
  }
  return found
}

function longestOf<E>(timeouts: readonly TimedOut<E>[]): TimedOut<E>[] {
  if (timeouts.length < 2) return [...timeouts]
  return [timeouts.reduce((longest, one) => (one.last.depth > longest.last.depth ? one : longest))]
}
