/**
 * What a run's outputs say, as texts, and how they must equal those of the undisturbed run. With a record cache only the last
 * of each key is fixed; without, every update is, in order. A joined stream is exact either way; of the foreign-key join the
 * last of each key, since what meets on the way is not fixed.
 */

import type { ReadRecord, TopicContents } from '../chaos/read-topics.ts'

export interface Results {
  /** By topic, each partition's rows. */
  readonly rows: ReadonlyMap<string, readonly (readonly Row[])[]>
}

interface Row {
  readonly key: string
  readonly text: string
}

export function resultsOf(contents: TopicContents, prefix: string): Results {
  const rows = new Map<string, Row[][]>()
  for (const [topic, partitions] of contents) {
    const name = topic.slice(prefix.length)
    rows.set(
      name,
      partitions.map((records) => records.map((record) => shown(name, record))),
    )
  }
  return { rows }
}

function shown(topic: string, { key, value, timestamp }: ReadRecord): Row {
  const name =
    topic === 'sums'
      ? `${key.toString('utf8', 0, key.length - 8)} [${key.readBigInt64BE(key.length - 8)}]`
      : key.toString('utf8')
  const number = topic === 'sums' || topic === 'counts'
  const shownValue = value === null ? 'deleted' : number ? String(value.readBigInt64BE(0)) : value.toString('utf8')
  // Which side of a foreign-key join came last decides its time.
  const time = topic === 'enriched' ? '' : ` @${timestamp}`
  return { key: name, text: `${name}${time} = ${shownValue}` }
}

/** @returns the differences, the first few of each topic. */
export function differences(truth: Results, found: Results, cached: boolean): string[] {
  const all: string[] = []
  for (const [topic, partitions] of truth.rows) {
    const exact = topic === 'joined' || (!cached && topic !== 'enriched')
    const pick = exact ? (rows: readonly Row[]) => rows.map(({ text }) => text) : lastTexts
    for (const [partition, rows] of partitions.entries()) {
      const expected = pick(rows)
      const is = pick(found.rows.get(topic)![partition])
      const at = firstDifference(expected, is)
      if (at !== -1) {
        all.push(
          `${topic}-${partition}: ${is.length} rows instead of ${expected.length}; row ${at}: ${is[at]} instead of ${expected[at]}`,
        )
      }
    }
  }
  return all
}

function lastTexts(rows: readonly Row[]): string[] {
  const last = new Map<string, string>()
  for (const { key, text } of rows) last.set(key, text)
  return [...last.values()].filter((text) => !text.endsWith('= deleted')).sort()
}

function firstDifference(expected: readonly string[], found: readonly string[]): number {
  for (let at = 0; at < Math.max(expected.length, found.length); at++) if (expected[at] !== found[at]) return at
  return -1
}
