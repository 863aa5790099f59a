/**
 * Nexmark's queries on Millrace; `../kafka-streams/src/main/java/bench/Nexmark.java` has the same ones. Where records come
 * through a repartition topic, the grace is longer than the input, so that the result does not depend on who was read first.
 */

import {
  bytes,
  hopping,
  json,
  type KTable,
  long,
  session,
  string,
  type TimestampExtractor,
  topic,
  tumbling,
} from 'millrace'
import type { Auction, Bid, Person } from '../nexmark-inputs.ts'
import type { AddPipeline } from './add-pipeline.ts'
import { jsonTopic } from './json-topic.ts'

/** An auction's best valid bid so far. */
interface Winning {
  readonly category: number
  readonly seller: number
  readonly auction: number
  readonly expires: number
  readonly price: number
}

interface Counted {
  readonly auction: number
  readonly count: number
}

interface Hottest {
  readonly count: number
  readonly auctions: readonly number[]
}

interface PricedBid {
  readonly auction: number
  readonly bidder: number
  readonly dateTime: number
}

interface Highest {
  readonly price: number
  readonly bids: readonly PricedBid[]
}

const LAST_AUCTIONS = 10
const STATES: readonly string[] = ['OR', 'ID', 'CA']
const PROCESSING_TIME: TimestampExtractor = {
  name: 'processing-time',
  extract: (_record, _partitionTime, wallClockTime) => wallClockTime,
}

type Builder = Parameters<AddPipeline>[0]
type Input = Parameters<AddPipeline>[1]

function winningBids(builder: Builder, input: Input): KTable<string, Winning> {
  const auctions = builder.table(jsonTopic<Auction>(input('auctions')), { store: 'auctions' })
  return builder
    .stream(jsonTopic<Bid>(input('bids')))
    .join(auctions, (bid, { id, category, seller, dateTime, expires }) => ({
      valid: bid.dateTime >= dateTime && bid.dateTime <= expires,
      winning: { category, seller, auction: id, expires, price: bid.price },
    }))
    .filter(({ valid }) => valid)
    .mapValues(({ winning }) => winning)
    .groupByKey({ value: json<Winning>() })
    .reduce((best, bid) => (bid.price > best.price ? bid : best), { store: 'winning', value: json<Winning>() })
}

/** Updates of an auction's count only grow, so that the highest count never has to be looked for again. */
function withCount({ count, auctions }: Hottest, counted: Counted): Hottest {
  if (counted.count > count) return { count: counted.count, auctions: [counted.auction] }
  if (counted.count < count) return { count, auctions }
  return { count, auctions: [...auctions, counted.auction].sort((a, b) => a - b) }
}

function withBid({ price, bids }: Highest, bid: Bid): Highest {
  const priced = { auction: bid.auction, bidder: bid.bidder, dateTime: bid.dateTime }
  if (bid.price > price) return { price: bid.price, bids: [priced] }
  return bid.price < price ? { price, bids } : { price, bids: [...bids, priced] }
}

function withBids({ price, bids }: Highest, more: Highest): Highest {
  if (more.price > price) return more
  if (more.price < price) return { price, bids }
  return { price, bids: [...bids, ...more.bids].sort((a, b) => a.dateTime - b.dateTime) }
}

const average = (prices: readonly number[]): number => prices.reduce((sum, price) => sum + price, 0) / prices.length

export const NEXMARK_QUERIES: Readonly<Record<string, AddPipeline>> = {
  q0: (builder, input, output) => builder.stream(jsonTopic<Bid>(input('bids'))).to(output, { value: json() }),
  q1: (builder, input, output) =>
    builder
      .stream(jsonTopic<Bid>(input('bids')))
      .mapValues((bid) => ({ ...bid, price: bid.price * 0.908 }))
      .to(output, { value: json() }),
  q2: (builder, input, output) =>
    builder
      .stream(jsonTopic<Bid>(input('bids')))
      .filter(({ auction }) => auction % 123 === 0)
      .mapValues(({ auction, price }) => ({ auction, price }))
      .to(output, { value: json() }),
  q3: (builder, input, output) => {
    const persons = builder
      .table(jsonTopic<Person>(input('persons')), { store: 'persons' })
      .filter(({ state }) => STATES.includes(state))
    builder
      .table(jsonTopic<Auction>(input('auctions')), { store: 'auctions' })
      .filter(({ category }) => category === 10)
      .join(persons, {
        foreignKey: ({ seller }) => String(seller),
        join: ({ id }, { name, city, state }) => ({ name, city, state, auction: id }),
        store: 'joined',
        value: json(),
      })
      .toStream()
      .to(output)
  },
  q4: (builder, input, output) =>
    winningBids(builder, input)
      .groupBy(({ category, price }) => [String(category), price], { key: string(), value: long() })
      .aggregate({
        init: () => ({ count: 0, sum: 0 }),
        add: ({ count, sum }, price) => ({ count: count + 1, sum: sum + price }),
        subtract: ({ count, sum }, price) => ({ count: count - 1, sum: sum - price }),
        store: 'averages',
        value: json<{ count: number; sum: number }>(),
      })
      .toStream()
      .mapValues((total) => ({ average: total === null ? 0 : total.sum / total.count }))
      .to(output, { value: json() }),
  q5: (builder, input, output) =>
    builder
      .stream(topic(input('bids'), { key: string(), value: bytes() }))
      .groupByKey()
      .windowedBy(hopping('10 s', { advance: '2 s' }))
      .count({ store: 'counts' })
      .groupBy((count, { key, window }) => [String(window.start), { auction: Number(key), count }], {
        key: string(),
        value: json<Counted>(),
      })
      .aggregate({
        init: (): Hottest => ({ count: 0, auctions: [] }),
        add: withCount,
        subtract: ({ count, auctions }, { auction }) => ({ count, auctions: auctions.filter((id) => id !== auction) }),
        store: 'hottest',
        value: json<Hottest>(),
      })
      .toStream()
      .to(output),
  q6: (builder, input, output) =>
    winningBids(builder, input)
      .groupBy((winning) => [String(winning.seller), winning], { key: string(), value: json<Winning>() })
      .aggregate({
        init: (): Winning[] => [],
        add: (last, winning) =>
          [...last, winning].sort((a, b) => a.expires - b.expires || a.auction - b.auction).slice(-LAST_AUCTIONS),
        subtract: (last, { auction }) => last.filter((winning) => winning.auction !== auction),
        store: 'last-auctions',
        value: json<Winning[]>(),
      })
      .toStream()
      .mapValues((last) => ({ average: average((last ?? []).map(({ price }) => price)) }))
      .to(output, { value: json() }),
  q7: (builder, input, output) =>
    builder
      .stream(jsonTopic<Bid>(input('bids')))
      .groupByKey()
      .windowedBy(tumbling('10 s'))
      .aggregate({
        init: (): Highest => ({ price: 0, bids: [] }),
        add: withBid,
        store: 'highest',
        value: json<Highest>(),
      })
      .groupBy((highest, { window }) => [String(window.start), highest], { key: string(), value: json<Highest>() })
      .aggregate({
        init: (): Highest => ({ price: 0, bids: [] }),
        add: withBids,
        subtract: ({ price, bids }, { bids: [{ auction }] }) => ({
          price,
          bids: bids.filter((bid) => bid.auction !== auction),
        }),
        store: 'highest-of-all',
        value: json<Highest>(),
      })
      .toStream()
      .to(output),
  q8: (builder, input, output) => {
    const windows = tumbling('10 s', { grace: '1 day' })
    const sellers = builder
      .stream(jsonTopic<Auction>(input('auctions')))
      .map(({ seller, id }) => [String(seller), id])
      .groupByKey({ key: string(), value: long() })
      .windowedBy(windows)
      .count({ store: 'sellers' })
    builder
      .stream(jsonTopic<Person>(input('persons')))
      .groupByKey()
      .windowedBy(windows)
      .reduce((_older, person) => person, { store: 'newcomers' })
      .join(sellers, ({ name }, auctions) => ({ name, auctions }))
      .toStream()
      .to(output, { value: json() })
  },
  q11: (builder, input, output) =>
    builder
      .stream(jsonTopic<Bid>(input('bids')))
      .map(({ bidder, price }) => [String(bidder), price])
      .groupByKey({ key: string(), value: long() })
      .windowedBy(session('10 s', { grace: '1 day' }))
      .count({ store: 'sessions' })
      .toStream()
      .to(output),
  q12: (builder, input, output) =>
    builder
      .stream(jsonTopic<Bid>(input('bids')), { timestampExtractor: PROCESSING_TIME })
      .map(({ bidder, price }) => [String(bidder), price])
      .groupByKey({ key: string(), value: long() })
      .windowedBy(tumbling('10 s', { grace: '1 day' }))
      .count({ store: 'counts' })
      .toStream()
      .to(output),
}
