/**
 * Judges the outputs of a run. Exactly once: each output equal to the truth, no more, no less, in order where order follows
 * from the input. At least once: nothing missing, no result below the truth; what is above it is counted as excess.
 */

import { compareBags, compareInOrder, example, type Verdict, verdict } from './compare.ts'
import type { ReadRecord, TopicContents } from './read-topics.ts'
import type { Enriched, Pair, Revival, Surge } from './topics.ts'
import {
  keyOf,
  type OrdersTruth,
  parsed,
  rows,
  type Shown,
  shownEcho,
  shownEnriched,
  shownPair,
  shownRevival,
  shownSurge,
  trueCounts,
  trueEcho,
  trueGroups,
  trueJoin,
  trueLapses,
  trueOrders,
  trueRevivals,
  trueSums,
  trueSurges,
  windowName,
} from './truth.ts'

export type Guarantee = 'exactly_once' | 'at_least_once'

export function verify(contents: TopicContents, guarantee: Guarantee): Verdict[] {
  const found = (topic: string, shown: (record: ReadRecord) => string): Shown =>
    rows(contents, topic).map((records) => records.map(shown))
  const numbers = {
    counts: [trueCounts(contents), found('counts', (each) => shownNumber(keyOf(each), each))],
    sums: [trueSums(contents), found('sums', (each) => shownNumber(windowOf(each), each))],
  } as const
  const bags = {
    echo: [trueEcho(contents), found('echo', shownEcho)],
    joined: [trueJoin(contents), found('joined', shownJoined)],
  } as const
  const patterns = {
    surges: [trueSurges(contents), found('surges', shownFoundSurge)],
    revivals: [trueRevivals(contents), found('revivals', shownFoundRevival)],
    lapses: [trueLapses(contents), found('lapses', shownFoundRevival)],
  } as const
  const exact = guarantee === 'exactly_once'
  return [
    exact ? exactly('echo', ...bags.echo, compareInOrder) : atLeast('echo', ...bags.echo),
    ...(['counts', 'sums'] as const).map((name) =>
      exact ? exactly(name, ...numbers[name], compareInOrder) : notBelow(name, ...numbers[name]),
    ),
    groups(contents, exact),
    exact ? exactly('joined', ...bags.joined, compareBags) : atLeast('joined', ...bags.joined),
    enriched(trueOrders(contents), rows(contents, 'enriched').flat(), exact),
    // At least once says nothing of matches: a run that was completed twice, or that a lost output had ended, is either.
    ...(exact ? (['surges', 'revivals', 'lapses'] as const) : []).map((name) =>
      exactly(name, ...patterns[name], compareBags),
    ),
  ]
}

function shownNumber(name: string, record: ReadRecord): string {
  return `${name} @${record.timestamp} = ${record.value!.readBigInt64BE(0)}`
}

/** Kafka Streams' key of a time window: the key, then its start as 8 bytes. */
function windowOf({ key }: ReadRecord): string {
  return windowName(key.toString('utf8', 0, key.length - 8), Number(key.readBigInt64BE(key.length - 8)))
}

function shownJoined(record: ReadRecord): string {
  const { left, right } = parsed<Pair>(record)
  return shownPair(keyOf(record), record.timestamp, left, right)
}

function shownFoundSurge(record: ReadRecord): string {
  const { low, middle, high } = parsed<Surge>(record)
  return shownSurge(keyOf(record), record.timestamp, low, middle, high)
}

function shownFoundRevival(record: ReadRecord): string {
  const { low, high } = parsed<Revival>(record)
  return shownRevival(keyOf(record), record.timestamp, low, high)
}

function exactly(output: string, expected: Shown, found: Shown, compare: typeof compareBags): Verdict {
  const result = verdict(output, expected.flat().length, found.flat().length)
  for (const [partition, rowsExpected] of expected.entries()) compare(result, rowsExpected, found[partition])
  return result
}

/** As sets: repetitions are excess. */
function atLeast(output: string, expected: Shown, found: Shown): Verdict {
  const result = exactly(output, expected, found, compareBags)
  result.excess = result.duplicated
  result.duplicated = 0
  result.examples.splice(0, result.examples.length, ...result.examples.filter((each) => !each.startsWith('duplicated')))
  return result
}

/** The last number of each name must be there and not be below the truth. */
function notBelow(output: string, expected: Shown, found: Shown): Verdict {
  const result = verdict(output, expected.flat().length, found.flat().length)
  const last = lastNumbers(found)
  for (const [name, truth] of lastNumbers(expected)) compareLast(result, name, truth, last.get(name))
  return result
}

function compareLast(result: Verdict, name: string, truth: number, last: number | undefined): void {
  if (last === undefined || last < truth) {
    result.lost += truth - (last ?? 0)
    example(result, `below the truth: ${name}: ${last} < ${truth}`)
  } else result.excess += last - truth
}

function lastNumbers(shown: Shown): Map<string, number> {
  const last = new Map<string, number>()
  for (const text of shown.flat()) {
    const [, name, number] = /^(.*) @\d+ = (-?\d+)$/.exec(text)!
    last.set(name, Number(number))
  }
  return last
}

function groups(contents: TopicContents, exact: boolean): Verdict {
  const truth = trueGroups(contents)
  const records = rows(contents, 'groups').flat()
  const result = verdict('groups', rows(contents, 'items').flat().length, records.length)
  const byGroup = Map.groupBy(records, keyOf)
  for (const [group, count] of truth) {
    const own = byGroup.get(group) ?? []
    const partitions = new Set(own.map(({ partition }) => partition))
    if (partitions.size > 1) {
      result.wrong++
      example(result, `${group} is in partitions ${[...partitions].join(', ')}`)
    }
    const numbers = own.map(({ value }) => Number(value!.readBigInt64BE(0)))
    if (!exact) compareLast(result, group, count, numbers.at(-1))
    else {
      const expected = Array.from({ length: count }, (_, index) => `${group} = ${index + 1}`)
      compareInOrder(
        result,
        expected,
        numbers.map((number) => `${group} = ${number}`),
      )
    }
  }
  return result
}

/**
 * Which updates of both sides meet on the way is not fixed; but each meeting is of versions that existed, comes once, in order
 * of versions, and the last of each order is the newest of both. Deletions between may come from a changed customer.
 */
function enriched(truth: OrdersTruth, records: readonly ReadRecord[], exact: boolean): Verdict {
  const result = verdict('enriched', truth.final.size, records.length)
  const byOrder = Map.groupBy(records, keyOf)
  for (const [order, final] of truth.final) {
    const own = byOrder.get(order) ?? []
    const last = own.at(-1)
    const shown = last === undefined ? 'nothing' : shownRow(last)
    if (shown !== final) {
      result.lost++
      example(result, `${order} ends as ${shown} instead of ${final}`)
    }
  }
  for (const [order, own] of byOrder) checkHistory(result, truth, order, own, exact)
  return result
}

function shownRow(record: ReadRecord): string {
  if (record.value === null) return 'deleted'
  const value = parsed<Enriched>(record)
  return shownEnriched(value.order, value.customer, value.version)
}

function checkHistory(
  result: Verdict,
  truth: OrdersTruth,
  order: string,
  own: readonly ReadRecord[],
  exact: boolean,
): void {
  const seen = new Set<string>()
  let before: Enriched | undefined
  for (const record of own) {
    if (record.value === null) continue
    const row = parsed<Enriched>(record)
    const existed = truth.customerOf.get(order)?.get(row.order) === row.customer
    if (!existed || row.version < 1 || row.version > (truth.customers.get(row.customer) ?? 0)) {
      result.wrong++
      example(result, `${order}: there never was ${shownRow(record)}`)
      continue
    }
    const shown = shownRow(record)
    if (seen.has(shown)) {
      if (exact) {
        result.duplicated++
        example(result, `${order} twice: ${shown}`)
      } else result.excess++
    } else if (exact && before !== undefined && isOlder(row, before)) {
      result.wrong++
      example(result, `${order}: ${shown} after order version ${before.order}, customer version ${before.version}`)
    }
    seen.add(shown)
    before = row
  }
}

function isOlder(row: Enriched, before: Enriched): boolean {
  return row.order < before.order || (row.order === before.order && row.version < before.version)
}
