/**
 * The rules a task watches for: those in force, and old versions whose partial matches end by themselves. Rules come from a
 * global table, which is looked at from time to time; which versions are known is in a store of the task's own, so that an
 * old version goes on after a restart, though the table has forgotten it.
 */

import type { KeyValueStore, TimestampedKeyValueStore } from 'millrace'
import type { OperatorContext } from 'millrace/operator'
import { compile } from '../automaton/compile.ts'
import type { Watch } from '../detect/detect-processor.ts'
import type { Matcher } from '../match/matcher.ts'
import { matcherOf } from '../match/pattern-matcher.ts'
import { chainOf, type Predicates, type Rule } from './rule.ts'

/** A key's events under one version of a rule. */
export interface RuleSubject<K> {
  /** `id@version`. */
  readonly version: string
  readonly key: K
}

/** What comes out of a rule. */
export interface RuleMatch<E> {
  readonly rule: string
  readonly version: number | string
  readonly match: Readonly<Record<string, E | E[] | undefined>>
}

/** A version as the task's store has it. */
export interface KnownVersion {
  readonly id: string
  readonly rule: Rule
  /** Stream time at which it was replaced or removed; null: it is in force. */
  readonly retiredAt: number | null
}

interface Live<E> extends KnownVersion {
  readonly matcher: Matcher<E, unknown>
}

export interface RuleSetNames {
  readonly rulesStore: string
  readonly versionsStore: string
}

export class RuleSet<K, E> implements Watch<K, RuleSubject<K>, E> {
  readonly #names: RuleSetNames
  readonly #predicates: Predicates<E>
  readonly #reloadMs: number
  /** By `id@version`, in the order of these, so that results come in the same order after a restart. */
  #live = new Map<string, Live<E>>()
  /** Versions that are no rules: told once. */
  readonly #refused = new Set<string>()
  /** Whether the table was looked at since the start. */
  #looked = false
  #evaluationsOfGone = 0
  #context!: OperatorContext<K, unknown>
  #rules!: TimestampedKeyValueStore<string, Rule>
  #versions!: KeyValueStore<string, KnownVersion>

  constructor(names: RuleSetNames, predicates: Predicates<E>, reloadMs: number) {
    this.#names = names
    this.#predicates = predicates
    this.#reloadMs = reloadMs
  }

  init(context: OperatorContext<K, unknown>): void {
    this.#context = context
    this.#rules = context.store(this.#names.rulesStore)
    this.#versions = context.store(this.#names.versionsStore)
    for (const [version, known] of this.#versions.all()) {
      this.#live.set(version, { ...known, matcher: this.#matcher(known.rule) })
    }
    context.schedule(this.#reloadMs, 'wall-clock-time', () => this.#reload())
  }

  *subjects(key: K): Iterable<RuleSubject<K>> {
    if (!this.#looked) this.#reload()
    for (const version of this.#live.keys()) yield { version, key }
  }

  keyOf({ key }: RuleSubject<K>): K {
    return key
  }

  matcherOf({ version }: RuleSubject<K>): Matcher<E, unknown> {
    return (this.#live.get(version) as Live<E>).matcher
  }

  starts({ version }: RuleSubject<K>): boolean {
    return this.#live.get(version)?.retiredAt === null
  }

  evaluations(): number {
    let evaluations = this.#evaluationsOfGone
    for (const { matcher } of this.#live.values()) evaluations += matcher.evaluations
    return evaluations
  }

  output({ version }: RuleSubject<K>, bound: unknown): RuleMatch<E> {
    const { id, rule } = this.#live.get(version) as Live<E>
    return { rule: id, version: rule.version, match: bound as RuleMatch<E>['match'] }
  }

  explain(): undefined {
    return undefined
  }

  /** Takes over what has changed in the table. */
  #reload(): void {
    this.#looked = true
    const now = this.#context.currentStreamTimeMs()
    const wanted = new Map<string, readonly [id: string, rule: Rule]>()
    for (const [id, { value }] of this.#rules.all()) wanted.set(`${id}@${value.version}`, [id, value])
    for (const [version, [id, rule]] of wanted) {
      const live = this.#live.get(version)
      if (live === undefined) this.#add(version, id, rule)
      // A version that came back is in force again.
      else if (live.retiredAt !== null) this.#set(version, { ...live, retiredAt: null })
    }
    for (const [version, live] of this.#live) {
      if (wanted.has(version)) continue
      if (live.retiredAt === null) {
        // One that is replaced by something that is no rule stays in force.
        const next = [...wanted].find(([, [id]]) => id === live.id)?.[0]
        if (next === undefined || !this.#refused.has(next)) this.#set(version, { ...live, retiredAt: now })
      } else if (now > live.retiredAt + live.matcher.automaton.windowMs) {
        this.#evaluationsOfGone += live.matcher.evaluations
        this.#live.delete(version)
        this.#versions.put(version, null)
      }
    }
  }

  #add(version: string, id: string, rule: Rule): void {
    if (this.#refused.has(version)) return
    try {
      this.#set(version, { id, rule, retiredAt: null, matcher: this.#matcher(rule) })
    } catch {
      // A rule that is wrong must not stop the others. `ruleProblems` says what is wrong, before it is published.
      this.#refused.add(version)
      this.#context.dropped('invalid-rule')
    }
  }

  #set(version: string, live: Live<E>): void {
    this.#live.set(version, live)
    this.#live = new Map([...this.#live].sort(([a], [b]) => (a < b ? -1 : 1)))
    const { id, rule, retiredAt } = live
    this.#versions.put(version, { id, rule, retiredAt })
  }

  #matcher(rule: Rule): Matcher<E, unknown> {
    const { definition } = chainOf(rule, this.#predicates)
    return matcherOf<E, unknown, string>({ definition }, { ...rule.options, ...(rule.skip && { skip: rule.skip }) })
  }
}

/** What is wrong with a rule, to be shown before it is published; undefined: nothing. */
export function ruleProblems<E>(rule: Rule, predicates: Predicates<E> = {}): string | undefined {
  try {
    const { definition } = chainOf(rule, predicates)
    compile(definition, rule.skip === undefined ? {} : { skip: rule.skip })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
