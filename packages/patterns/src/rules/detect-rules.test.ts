import { TopologyTestDriver } from '@millrace/testing'
import { json, type KeyValueStore, StreamsBuilder, string, topic } from 'millrace'
import { describe, expect, it } from 'vitest'
import { detectRules } from './detect-rules.ts'
import type { Predicates, Rule, RuleCondition } from './rule.ts'
import { type RuleMatch, ruleProblems } from './rule-set.ts'

interface Payment {
  readonly amount: number
  readonly card?: { readonly country: string }
}

const payments = topic('payments', { key: string(), value: json<Payment>() })
const rules = topic('rules', { key: string(), value: json<Rule>() })
const found = topic('found', { key: string(), value: json<RuleMatch<Payment>>() })

const predicates: Predicates<Payment> = {
  abroad: (payment, home: string) => payment.card !== undefined && payment.card.country !== home,
}

function driving() {
  const builder = new StreamsBuilder()
  const { matches, timeouts } = builder
    .stream(payments)
    .groupByKey()
    .apply(detectRules(builder.globalTable(rules), { name: 'fraud', predicates }))
  matches.to(found)
  timeouts.to(topic('timeouts'))
  const driver = new TopologyTestDriver(builder.build())
  return {
    driver,
    rule(id: string, rule: Rule | null): void {
      driver.inputTopic(rules).pipe(id, rule)
      driver.advanceWallClockTime(1_000)
    },
    pay(amount: number, timestamp: number, country = 'CH', key = 'k'): void {
      driver.inputTopic(payments).pipe(key, { amount, card: { country } }, { timestamp })
    },
    take: () =>
      driver
        .outputTopic(found)
        .readRecords()
        .map(({ key, value, timestamp }) => {
          const amounts = Object.values(value?.match ?? {})
            .flatMap((bound) => bound ?? [])
            .map(({ amount }) => amount)
          return `${key} ${value?.rule}@${value?.version} ${amounts.join(' ')} @${timestamp}`
        }),
  }
}

const probing = (version: number, times: number): Rule => ({
  version,
  within: 100,
  skip: 'pastLastEvent',
  pattern: [
    { name: 'small', where: { field: 'amount', below: 1 } },
    { name: 'big', where: { field: 'amount', above: { match: 'small.amount', times } } },
  ],
})

describe('rules beyond FlinkCEP', () => {
  const amount = (is: number): RuleCondition => ({ field: 'amount', is })
  const one = { name: 'one', where: amount(1) }
  const two = { name: 'two', where: amount(2) }
  const three = { name: 'three', where: amount(3) }

  it.each<[name: string, pattern: Rule['pattern'], amounts: number[], matches: string[]]>([
    ['allOf', [{ allOf: [[one], [two]] }], [2, 7, 1], ['k rule@1 1 2 @3']],
    ['anyOf', [one, { anyOf: [[two], [three]] }], [1, 3, 2], ['k rule@1 1 3 @2']],
    ['absent', [one, { name: 'quiet', how: 'absent', where: amount(9), for: 5 }], [1, 2], ['k rule@1 1 @20']],
    ['absent, and it came', [one, { name: 'quiet', how: 'absent', where: amount(9), for: 5 }], [1, 9], []],
    ['distinct', [{ name: 'each', times: 2, distinct: 'amount' }], [2, 2, 1], ['k rule@1 2 1 @3', 'k rule@1 2 1 @3']],
  ])('%s', (_name, pattern, amounts, matches) => {
    const { rule, pay, take } = driving()
    rule('rule', { version: 1, within: 10, pattern })
    for (const [i, paid] of amounts.entries()) pay(paid, i + 1)
    pay(7, 20, 'FR', 'other')
    expect(take()).toEqual(matches)
  })

  it('says what is wrong with one', () => {
    const pattern = [{ anyOf: [[{ name: 'one' }]] }]
    expect(ruleProblems({ version: 1, within: 10, pattern })).toContain('two sub-patterns or more')
    const noTime = [{ name: 'one' }, { name: 'quiet', how: 'absent' as const }]
    expect(ruleProblems({ version: 1, within: 10, pattern: noTime })).toContain('a duration above 0')
  })
})

describe('detectRules', () => {
  it('finds what rules say, under every key, for each rule by itself', () => {
    const { rule, pay, take } = driving()
    rule('probing', probing(1, 500))
    rule('abroad', {
      version: 1,
      within: 50,
      pattern: [{ name: 'twice', where: { predicate: 'abroad', with: 'CH' }, times: 2 }],
    })
    pay(0.5, 1)
    pay(200, 2, 'US')
    pay(0.5, 3, 'CH', 'j')
    pay(300, 4, 'DE')
    expect(take()).toEqual(['k abroad@1 200 300 @4', 'k probing@1 0.5 300 @4'])
  })

  it('a new version starts fresh, what the old one has begun may still match, then the old is forgotten', () => {
    const { driver, rule, pay, take } = driving()
    const versions = (): number =>
      [...(driver.store<KeyValueStore<string, unknown>>('fraud-runs-versions') as KeyValueStore<string, unknown>).all()]
        .length
    rule('probing', probing(1, 500))
    pay(0.5, 1)
    rule('probing', probing(2, 10))
    pay(100, 2)
    // Only version 1 had seen the small one, and wants more.
    expect(take()).toEqual([])
    pay(0.25, 3)
    pay(300, 4)
    expect(take()).toEqual(['k probing@1 0.5 300 @4', 'k probing@2 0.25 300 @4'])
    expect(versions()).toBe(2)
    pay(5, 150)
    driver.advanceWallClockTime(1_000)
    expect(versions()).toBe(1)
  })

  it('a removed rule begins nothing more', () => {
    const { driver, rule, pay, take } = driving()
    rule('probing', probing(1, 2))
    pay(0.5, 1)
    rule('probing', null)
    pay(0.6, 2)
    pay(7, 3)
    pay(0.5, 4)
    pay(7, 5)
    expect(take()).toEqual(['k probing@1 0.5 7 @3'])
    pay(7, 300)
    driver.advanceWallClockTime(1_000)
    expect([
      ...(driver.store<KeyValueStore<string, unknown>>('fraud-runs') as KeyValueStore<string, unknown>).all(),
    ]).toEqual([])
  })

  it('passes over what is no rule, and keeps the version before', () => {
    const { driver, rule, pay, take } = driving()
    rule('probing', probing(1, 2))
    const wrong: Rule = { version: 2, within: 100, pattern: [{ name: 'a', where: { predicate: 'unknown' } }] }
    rule('probing', wrong)
    pay(0.5, 1)
    pay(7, 2)
    expect(take()).toEqual(['k probing@1 0.5 7 @2'])
    expect([...driver.droppedRecords()]).toEqual([['fraud:invalid-rule', 1]])
    expect(ruleProblems(wrong, predicates)).toBe('there is no predicate unknown, only abroad')
  })
})

describe('ruleProblems', () => {
  const one = (rest: object): Rule => ({ version: 1, within: 10, pattern: [{ name: 'a', ...rest }] })

  it('says what is wrong before a rule is published', () => {
    expect(ruleProblems(probing(1, 2))).toBeUndefined()
    expect(ruleProblems({ ...probing(1, 2), within: 0 })).toBe('a rule needs within')
    expect(ruleProblems({ ...probing(1, 2), skip: { toFirst: 'x' } })).toContain('names x')
    expect(ruleProblems(one({ greedy: true }))).toContain('greedy needs a loop')
    expect(ruleProblems(one({ where: { field: 'a', over: 1 } }))).toBe('a: there is no comparison over')
  })
})
