/**
 * Nexmark's events: of each 50, in this order, one person, three auctions and 46 bids, 1 ms apart, in about 200, 500 and 100
 * bytes. Who sells and who bids is skewed as in the reference generator: hot sellers, hot auctions, hot bidders, the others
 * among the most recent. Every event is a function of its number and the seed, so that each topic is made by itself.
 */

import { type EventRecord, randomFrom } from '../micro/events.ts'

export interface Person {
  readonly id: number
  readonly name: string
  readonly emailAddress: string
  readonly creditCard: string
  readonly city: string
  readonly state: string
  readonly dateTime: number
  readonly extra: string
}

export interface Auction {
  readonly id: number
  readonly itemName: string
  readonly description: string
  readonly initialBid: number
  readonly reserve: number
  readonly dateTime: number
  readonly expires: number
  readonly seller: number
  readonly category: number
  readonly extra: string
}

export interface Bid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly dateTime: number
  readonly extra: string
}

const SEED = 42
/** A multiple of every window size, so that windows are full. */
const FIRST_TIMESTAMP = 1_700_000_000_000
const PERSONS = 1
const AUCTIONS = 3
const ROUND = 50
const FIRST_CATEGORY = 10
const CATEGORIES = 5
/** Of so many, the first is hot. */
const HOT_GROUP = 100
/** Others choose among so many of the last. */
const ACTIVE_PERSONS = 1000
const IN_FLIGHT_AUCTIONS = 100
/** ms in which so many auctions begin. */
const AUCTION_HORIZON = Math.round((IN_FLIGHT_AUCTIONS * ROUND) / AUCTIONS)

const STATES = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']
const CITIES = ['Phoenix', 'Los Angeles', 'San Francisco', 'Boise', 'Portland', 'Bend', 'Redmond', 'Seattle', 'Kent']
const FIRST_NAMES = ['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky', 'Kate', 'Julie', 'Sarah', 'Deiter', 'Walter']
const LAST_NAMES = ['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels', 'Walton', 'Smith', 'Jones', 'Noris']
const CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple']
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

type Random = () => number

const below = (random: Random, limit: number): number => Math.floor(random() * limit)
const oneOf = (random: Random, values: readonly string[]): string => values[below(random, values.length)]

function randomOf(index: number): Random {
  return randomFrom(Math.imul(index + 1, 0x9e3779b1) ^ SEED)
}

/** Letters, few calls of the generator for many. */
function filler(random: Random, length: number): string {
  let text = ''
  while (text.length < length) {
    let bits = Math.floor(random() * 26 ** 6)
    for (let letter = 0; letter < 6 && text.length < length; letter++) {
      text += LETTERS[bits % 26]
      bits = Math.floor(bits / 26)
    }
  }
  return text
}

const timestampOf = (index: number): number => FIRST_TIMESTAMP + index

/** The last person before an event; of the first event, itself. */
const lastPerson = (index: number): number => Math.floor(index / ROUND)

/** The last auction before an event. */
function lastAuction(index: number): number {
  const started = Math.min(AUCTIONS, Math.max(0, (index % ROUND) - PERSONS))
  return Math.max(0, Math.floor(index / ROUND) * AUCTIONS + started - 1)
}

/** One of the last, or with a chance of `1 - 1 / coldOneIn` the hot one. */
function skewed(random: Random, last: number, coldOneIn: number, active: number): number {
  if (below(random, coldOneIn) > 0) return Math.floor(last / HOT_GROUP) * HOT_GROUP
  const among = Math.min(active, last + 1)
  return last - below(random, among)
}

const priceOf = (random: Random): number => Math.round(10 ** (random() * 6) * 100)

function personAt(index: number): Person {
  const random = randomOf(index)
  const first = oneOf(random, FIRST_NAMES)
  const last = oneOf(random, LAST_NAMES)
  const card = Array.from({ length: 4 }, () => String(below(random, 10_000)).padStart(4, '0')).join(' ')
  return {
    id: lastPerson(index),
    name: `${first} ${last}`,
    emailAddress: `${filler(random, 7)}@${filler(random, 5)}.com`,
    creditCard: card,
    city: oneOf(random, CITIES),
    state: oneOf(random, STATES),
    dateTime: timestampOf(index),
    extra: filler(random, 30),
  }
}

function auctionAt(index: number): Auction {
  const random = randomOf(index)
  const initialBid = priceOf(random)
  const dateTime = timestampOf(index)
  return {
    id: lastAuction(index + 1),
    itemName: filler(random, 20),
    description: filler(random, 100),
    initialBid,
    reserve: initialBid + priceOf(random),
    dateTime,
    expires: dateTime + 1 + below(random, 2 * AUCTION_HORIZON),
    seller: skewed(random, lastPerson(index), 4, ACTIVE_PERSONS),
    category: FIRST_CATEGORY + below(random, CATEGORIES),
    extra: filler(random, 200),
  }
}

function bidAt(index: number): Bid {
  const random = randomOf(index)
  return {
    auction: skewed(random, lastAuction(index), 2, IN_FLIGHT_AUCTIONS),
    bidder: skewed(random, lastPerson(index), 4, ACTIVE_PERSONS),
    price: priceOf(random),
    channel: oneOf(random, CHANNELS),
    dateTime: timestampOf(index),
    extra: filler(random, 6),
  }
}

/** Numbers of the events, of the first `events`, from `from` on in each round of 50. */
function* numbers(events: number, from: number, count: number): Generator<number> {
  for (let round = 0; round < events; round += ROUND) {
    for (let at = from; at < from + count && round + at < events; at++) yield round + at
  }
}

function countOf(events: number, from: number, count: number): number {
  return Math.floor(events / ROUND) * count + Math.min(count, Math.max(0, (events % ROUND) - from))
}

function kind<T>(from: number, count: number, at: (index: number) => T, key: (event: T) => number) {
  return {
    count: (events: number): number => countOf(events, from, count),
    *rows(events: number): Generator<EventRecord> {
      for (const index of numbers(events, from, count)) {
        const event = at(index)
        yield { key: String(key(event)), value: JSON.stringify(event), timestamp: timestampOf(index) }
      }
    },
  }
}

export interface NexmarkInput {
  /** Records of this kind among the first so many events. */
  count(events: number): number
  rows(events: number): Iterable<EventRecord>
}

/** Persons and auctions are keyed by their id, bids by their auction. */
export const NEXMARK: Readonly<Record<'persons' | 'auctions' | 'bids', NexmarkInput>> = {
  persons: kind(0, PERSONS, personAt, ({ id }) => id),
  auctions: kind(PERSONS, AUCTIONS, auctionAt, ({ id }) => id),
  bids: kind(PERSONS + AUCTIONS, ROUND - PERSONS - AUCTIONS, bidAt, ({ auction }) => auction),
}
