/**
 * Runs a pattern case on the real builder, compiler, matcher and event-time buffer, and gives what FORMAT.md expects of
 * one. What fails while the pattern is built is `rejected`; what fails while it runs is `error`.
 */

import { compile, EventTimeMatcher, Matcher, PatternError, SkipError } from '@millrace/patterns'
import { boundTo, type CaseMatch } from './case-condition.ts'
import type { CaseEvent, CaseExpectation, CaseOutput, PatternCase } from './case-format.ts'
import { casePattern } from './case-pattern.ts'

const DEFAULT_KEY = 'k'

const ERROR_KINDS: Record<string, string> = {
  MILLRACE_SKIP_TARGET_MISSING: 'skipTargetMissing',
  MILLRACE_SKIP_TO_OWN_START: 'skipToOwnStart',
}

export function runCase({ pattern, events }: PatternCase): CaseExpectation {
  let matcher: Matcher<CaseEvent>
  try {
    const { definition, skip } = casePattern(pattern)
    matcher = new Matcher<CaseEvent>(compile(definition, skip), skip)
  } catch (error) {
    if (error instanceof PatternError) return { rejected: true, reason: error.message }
    throw error
  }
  const matches: CaseOutput[] = []
  const timeouts: CaseOutput[] = []
  const late: string[] = []
  const keys = new Set(events.map((input) => ('watermark' in input ? DEFAULT_KEY : (input.key ?? DEFAULT_KEY))))
  const named = events.some((input) => 'key' in input)
  let at = 0
  const output = (key: string, last: Parameters<typeof matcher.match>[0], timestamp: number): CaseOutput => ({
    at,
    ...(named && keys.size > 1 ? { key } : {}),
    timestamp,
    events: idsOf(matcher.match(last)),
  })
  const time = new EventTimeMatcher<string, CaseEvent>(matcher, (key, outcome, timestamp) => {
    for (const { last } of outcome.matches) matches.push(output(key, last, timestamp))
    for (const timeout of outcome.timeouts) timeouts.push(output(key, timeout.last, timeout.timestamp))
  })
  let error: CaseExpectation['error']
  try {
    for (; at < events.length; at++) {
      const input = events[at]
      if ('watermark' in input) time.advance(input.watermark)
      else if (!time.offer(input.key ?? DEFAULT_KEY, input, input.timestamp)) late.push(input.id)
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
