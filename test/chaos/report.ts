/** What a run has to say, and whether it passed: each line that can fail is a check. */

import type { Verdict } from './compare.ts'
import type { ChaosOptions } from './options.ts'

const SHARE_BETWEEN_KILLS = 0.5
const SHARE_IN_TRANSACTION = 0.3

export class Report {
  readonly #options: ChaosOptions
  readonly #problems: string[] = []
  readonly #failures: string[] = []
  kills = 0
  killsInTransaction = 0
  stateDeletions = 0
  restarts = 0
  brokerKills = 0
  netFaults: Readonly<Record<string, number>> = {}
  records = 0
  processedAtFirstKill = 0
  processedAtLastKill = 0
  longestGapMs = 0
  gapAt = ''
  longestStandstillMs = 0
  verdicts: readonly Verdict[] = []

  constructor(options: ChaosOptions) {
    this.#options = options
  }

  problem(problem: string | undefined): void {
    if (problem !== undefined) this.#problems.push(problem)
  }

  /** A worker process ended by itself. */
  failure(what: string): void {
    this.#failures.push(what)
  }

  get passed(): boolean {
    return this.#checks().every(([ok]) => ok)
  }

  print(): void {
    const { log, guarantee, seed, staticMembers, store } = this.#options
    console.log(
      `chaos: ${log}, ${guarantee}, seed ${seed}, ${staticMembers ? 'static' : 'dynamic'} members, stores: ${store}`,
    )
    console.log(`kills ${this.kills}, of them with the state deleted ${this.stateDeletions}; restarts ${this.restarts}`)
    if (this.#options.brokers > 1) console.log(`kills of brokers ${this.brokerKills}`)
    console.log(`input records ${this.records}`)
    if (this.#options.netFaults) {
      const counts = Object.entries(this.netFaults).map(([fault, count]) => `${fault} ${count}`)
      console.log(`requests hurt on the way: ${counts.join(', ')}`)
    }
    console.log(
      `longest gap in processing ${seconds(this.longestGapMs)} (${this.gapAt || 'none'}); of all partitions at once ${seconds(this.longestStandstillMs)}`,
    )
    const checks = this.#checks()
    for (const [ok, text] of checks) console.log(`${ok ? 'ok  ' : 'FAIL'} ${text}`)
    for (const failure of new Set(this.#failures)) console.log(`       ${failure}`)
    const sum = (of: 'lost' | 'duplicated' | 'wrong'): number =>
      this.verdicts.reduce((total, verdict) => total + verdict[of], 0)
    console.log(`lost ${sum('lost')}, duplicated ${sum('duplicated')}, wrong ${sum('wrong')}`)
    const failed = checks.filter(([ok]) => !ok).length
    console.log(`${checks.length - failed} passed, ${failed} failed`)
  }

  #checks(): [boolean, string][] {
    const { guarantee } = this.#options
    const between = share(this.processedAtLastKill - this.processedAtFirstKill, this.records)
    const inTransaction = share(this.killsInTransaction, this.kills)
    const checks: [boolean, string][] = [
      [between >= SHARE_BETWEEN_KILLS, `processed between first and last kill: ${percent(between)} (at least 50 %)`],
    ]
    if (guarantee === 'exactly_once') {
      checks.push([
        inTransaction >= SHARE_IN_TRANSACTION,
        `kills that hit an open transaction with records sent: ${this.killsInTransaction} = ${percent(inTransaction)} (at least 30 %)`,
      ])
    }
    checks.push([this.#failures.length === 0, `workers that ended by themselves: ${this.#failures.length}`])
    for (const problem of this.#problems) checks.push([false, problem])
    for (const each of this.verdicts) {
      checks.push([
        each.lost + each.duplicated + each.wrong === 0,
        `${each.output}: expected ${each.expected}, found ${each.found}: lost ${each.lost}, duplicated ${each.duplicated}, wrong ${each.wrong}` +
          (guarantee === 'at_least_once' ? `, excess ${each.excess}` : '') +
          each.examples.map((example) => `\n       ${example}`).join(''),
      ])
    }
    return checks
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
