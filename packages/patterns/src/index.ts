/** Pattern detection: FlinkCEP's language, typed. */

export type { Automaton, BoundElement, Edge, EdgeAction, State, StateKind } from './automaton/automaton.ts'
export { type CompileOptions, compile } from './automaton/compile.ts'
export { explainMermaid } from './automaton/explain-mermaid.ts'
export { explainText } from './automaton/explain-text.ts'
export { type Detection, type DetectOptions, detect } from './detect/detect.ts'
export type { DetectionOptions, DetectionOutputs } from './detect/detection.ts'
export type { PatternMetrics } from './detect/pattern-counters.ts'
export { type ExplainedEvent, explainMatch } from './match/explain-match.ts'
export { type Fold, fold } from './match/fold.ts'
export { KeyRuns } from './match/key-runs.ts'
export { type KeySnapshot, restoredFrom, snapshotOf } from './match/key-snapshot.ts'
export { OverflowError, type RunLimits } from './match/limits.ts'
export { Matcher, type Outcome } from './match/matcher.ts'
export { type MatcherOptions, matcherOf } from './match/pattern-matcher.ts'
export type { Binding, BoundEvent, Finished, Run, RunGroup, TimedOut } from './match/run.ts'
export { type GroupData, groupData, groupOf } from './match/run-data.ts'
export { EXPECTED, FLINK, type Semantics } from './match/semantics.ts'
export type { Pattern } from './pattern/chain-types.ts'
export { allOf, anyOf } from './pattern/choice.ts'
export type { Condition, Element, PatternDefinition, Quantifier } from './pattern/definition.ts'
export { growthWarnings } from './pattern/growth.ts'
export type { PartialMatch } from './pattern/match-type.ts'
export { type Beginning, type MatchOf, pattern } from './pattern/pattern.ts'
export { PatternError, SkipError } from './pattern/pattern-error.ts'
export type { SkipStrategy } from './pattern/skip-strategy.ts'
export { type DetectRulesOptions, detectRules } from './rules/detect-rules.ts'
export type { Predicates, Rule, RuleChoice, RuleCondition, RuleElement, RuleEvent, RuleOperand } from './rules/rule.ts'
export { type RuleMatch, ruleProblems } from './rules/rule-set.ts'
export {
  EventTimeMatcher,
  type EventTimeOptions,
  type EventTimeSnapshot,
  type OutcomeSink,
} from './time/event-time-matcher.ts'
