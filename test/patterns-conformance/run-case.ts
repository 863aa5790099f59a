/**
 * Runs a pattern case on the real builder, compiler, matcher and event-time buffer, and gives what FORMAT.md expects of
 * one. What fails while the pattern is built is `rejected`; what fails while it runs is `error`.
 */

import { compile, EventTimeMatcher, FLINK, Matcher, PatternError, SkipError } from '@millrace/patterns'
import { boundTo, type CaseMatch } from './case-condition.ts'
import type { CaseEvent, CaseExpectation, CaseOutput, PatternCase } from './case-format.ts'
import { casePattern } from './case-pattern.ts'

const DEFAULT_KEY = 'k'

const ERROR_KINDS: Record<string, string> = {
  MILLRACE_SKIP_TARGET_MISSING: 'skipTargetMissing',
  MILLRACE_SKIP_TO_OWN_START: 'skipToOwnStart',
}

/**
 * @param crashing after each input all state goes through JSON into a new matcher, as after a crash
 */
export function runCase({ pattern, events }: PatternCase, crashing = false): CaseExpectation {
  let matcher: Matcher<CaseEvent>
  let newMatcher: () => Matcher<CaseEvent>
  try {
    const { definition, skip } = casePattern(pattern)
    newMatcher = () => new Matcher<CaseEvent>(compile(definition, { skip }), skip, FLINK)
    matcher = newMatcher()
  } catch (error) {
    if (error instanceof PatternError) return { rejected: true, reason: error.message }
    throw error
  }
  const matches: CaseOutput[] = []
  const timeouts: CaseOutput[] = []
  const late: string[] = []
  // A watermark is of all keys: it counts for none.
  const keys = new Set(events.map((input) => ('watermark' in input ? undefined : input.key)))
  keys.delete(undefined)
  let at = 0
  const output = (key: string, last: Parameters<typeof matcher.match>[0], timestamp: number): CaseOutput => ({
    at,
    ...(keys.size > 1 ? { key } : {}),
    timestamp,
    events: idsOf(matcher.match(last)),
  })
  const newTime = (of: Matcher<CaseEvent>): EventTimeMatcher<string, CaseEvent> =>
    new EventTimeMatcher<string, CaseEvent>(of, (key, outcome, timestamp) => {
      for (const { last } of outcome.matches) matches.push(output(key, last, timestamp))
      for (const timeout of outcome.timeouts) timeouts.push(output(key, timeout.last, timeout.timestamp))
    })
  let time = newTime(matcher)
  let watermark = Number.NEGATIVE_INFINITY
  let error: CaseExpectation['error']
  try {
    for (; at < events.length; at++) {
      const input = events[at]
      if (crashing && at > 0) time = recovered(time, newTime(newMatcher()), watermark)
      if ('watermark' in input) {
        watermark = input.watermark
        time.advance(watermark)
      } else if (!time.offer(input.key ?? DEFAULT_KEY, input, input.timestamp)) late.push(input.id)
    }
  } catch (failure) {
    if (!(failure instanceof SkipError)) throw failure
    error = { kind: ERROR_KINDS[failure.code], at }
  }
  return {
    matches: byInputAndKey(matches),
    timeouts: byInputAndKey(timeouts),
    late,
    ...(time.held > 0 && error === undefined ? { held: time.held } : {}),
    ...(error === undefined ? {} : { error }),
  }
}

/** All of a matcher's state in another one, by way of JSON. */
function recovered(
  from: EventTimeMatcher<string, CaseEvent>,
  to: EventTimeMatcher<string, CaseEvent>,
  watermark: number,
): EventTimeMatcher<string, CaseEvent> {
  to.advance(watermark)
  for (const key of from.keys()) to.restore(key, JSON.parse(JSON.stringify(from.snapshot(key))))
  return to
}

function idsOf(match: CaseMatch): Record<string, string[]> {
  const ids: Record<string, string[]> = {}
  for (const name of Object.keys(match)) {
    const events = boundTo(match, name)
    if (events.length > 0) ids[name] = events.map((event) => event.id)
  }
  return ids
}

function byInputAndKey(outputs: readonly CaseOutput[]): CaseOutput[] {
  return outputs.toSorted((a, b) => a.at - b.at || (a.key ?? '').localeCompare(b.key ?? ''))
}
