/**
 * `detect`
 *
 * Meaning: looks for a pattern in the events of each key. Matches, and partial matches whose time was over, come out as
 * streams of their own, under the key; so do events that came too late, and partial matches given up for a limit.
 *
 * Nulls: records with a null key or value are dropped and counted.
 *
 * Late and out-of-order: time is the task's stream time less `grace`. An event ahead of it waits until time has come to it
 * and is then taken in order of timestamps, equal ones as they came; one behind it is late. Without grace events are taken
 * as they come.
 *
 * Timestamp: that of the event that completed the match; of a match that time completed, the time; of a time-out, the end
 * of its window.
 */

import { type Duration, durationMs, TopologyError } from 'millrace'
import type { GroupedStreamHandle } from 'millrace/operator'
import { explainMatch } from '../match/explain-match.ts'
import type { Matcher } from '../match/matcher.ts'
import { type MatcherOptions, matcherOf } from '../match/pattern-matcher.ts'
import type { Binding } from '../match/run.ts'
import type { Pattern } from '../pattern/chain-types.ts'
import { growthWarnings } from '../pattern/growth.ts'
import type { PartialMatch } from '../pattern/match-type.ts'
import type { Watch } from './detect-processor.ts'
import { addDetection, type DetectionOptions, type DetectionOutputs } from './detection.ts'

export interface DetectOptions<Target extends string = string> extends MatcherOptions<Target>, DetectionOptions {
  /**
   * How far behind stream time an event may be: events wait that long, and are taken in order. Default 0: as they come.
   */
  readonly grace?: Duration
  /** `event` (the default): the records' timestamps. `processing`: the wall clock, at the moment a record is processed. */
  readonly time?: 'event' | 'processing'
  /**
   * Gives matches, time-outs and dropped partial matches a header `pattern-explanation`: JSON, an ExplainedEvent for each
   * event. Default false.
   */
  readonly explain?: boolean
  /** Told of each of `warnings` when the topology is built. Default: a process warning, `MILLRACE_PATTERN_GROWTH`. */
  readonly onWarning?: (warning: string) => void
  /** How often keys that fell silent are looked at in processing time. Default 100 ms. */
  readonly wakeEvery?: Duration
}

export interface Detection<K, Event, Match> extends DetectionOutputs<K, Event, Match, PartialMatch<Match>> {
  /** What in the pattern can grow without bound, each with its remedy; empty if nothing can, or `limits` are set. */
  readonly warnings: readonly string[]
}

/**
 * Finds a pattern in a grouped stream. Runs survive restarts, in a store with a changelog.
 *
 * @throws PatternError with every problem of the pattern; TopologyError if options contradict each other
 * @example
 * const probing = pattern<Payment>()
 *   .begin('small', (p) => p.amount < 1)
 *   .followedBy('big', (p, match) => p.amount > 500 * match.small.amount)
 *   .within('10 min')
 * const { matches, timeouts } = payments.groupByKey().apply(detect(probing, { skip: 'pastLastEvent' }))
 */
export function detect<Event, Match, Target extends string>(
  pattern: Pattern<Event, Match, Target>,
  options: DetectOptions<NoInfer<Target>> = {},
): <K>(group: GroupedStreamHandle<K, Event>) => Detection<K, Event, Match> {
  const newMatcher = () => matcherOf(pattern, options)
  // Mistakes are told here, not when a task starts.
  const { automaton } = newMatcher()
  const explain = options.explain
    ? (last: Binding<unknown>) => explainMatch(pattern.definition, automaton, last)
    : undefined
  const time = options.time ?? 'event'
  const graceMs = durationMs(options.grace ?? 0, 'grace')
  const wakeEveryMs = durationMs(options.wakeEvery ?? 100, 'wakeEvery')
  if (time === 'processing' && graceMs > 0) {
    throw new TopologyError('detect: in processing time nothing is out of order: leave out grace.')
  }
  const warnings = options.limits?.runsPerKey === undefined ? growthWarnings(pattern.definition.elements) : []
  return <K>(group: GroupedStreamHandle<K, Event>): Detection<K, Event, Match> => {
    const detection = addDetection<K, K, Event, Match, PartialMatch<Match>>(group, options, {
      subjectSerde: () => group.keySerde,
      time,
      graceMs,
      wakeEveryMs,
      watch: () => onePattern<K, Event, Match>(newMatcher(), explain),
    })
    for (const warning of warnings) (options.onWarning ?? emitWarning)(warning)
    return { ...detection, warnings }
  }
}

/** Where there is no process, as in a browser, `warnings` is all there is. */
function emitWarning(warning: string): void {
  globalThis.process?.emitWarning?.(`a pattern can grow without bound: ${warning}`, {
    type: 'MillraceWarning',
    code: 'MILLRACE_PATTERN_GROWTH',
  })
}

/** Every key is watched for the same pattern. */
function onePattern<K, Event, Match>(
  matcher: Matcher<Event, Match>,
  explain: ((last: Binding<unknown>) => readonly object[]) | undefined,
): Watch<K, K, Event> {
  return {
    subjects: (key) => [key],
    keyOf: (key) => key,
    matcherOf: () => matcher,
    starts: () => true,
    evaluations: () => matcher.evaluations,
    output: (_key, bound) => bound,
    explain: (_key, last) => explain?.(last),
  }
}
