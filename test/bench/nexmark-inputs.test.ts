/** Nexmark's generator: the mix, the references between events, and that each topic can be made by itself. */

import { describe, expect, it } from 'vitest'
import { type Auction, type Bid, NEXMARK, type Person } from '../../bench/peers/nexmark-inputs.ts'

const EVENTS = 50_000
const read = <T>(kind: keyof typeof NEXMARK, events = EVENTS): T[] =>
  [...NEXMARK[kind].rows(events)].map(({ value }) => JSON.parse(value) as T)

describe('Nexmark events', () => {
  it('are 1 person, 3 auctions and 46 bids of each 50, also where the last round is cut', () => {
    expect([read('persons'), read('auctions'), read('bids')].map(({ length }) => length)).toEqual([1000, 3000, 46_000])
    for (const events of [1, 3, 50, 52, 149]) {
      const counts = (['persons', 'auctions', 'bids'] as const).map((kind) => {
        expect(NEXMARK[kind].count(events)).toBe(read(kind, events).length)
        return NEXMARK[kind].count(events)
      })
      expect(counts[0] + counts[1] + counts[2]).toBe(events)
    }
  })

  it('are the same at each reading, and a longer input begins with the shorter one', () => {
    expect(read('bids', 1000)).toEqual(read('bids', 1000))
    expect(read<Bid>('bids', 2000).slice(0, 920)).toEqual(read<Bid>('bids', 1000))
  })

  it('point only to persons and auctions that were there before', () => {
    const persons = new Map(read<Person>('persons').map(({ id, dateTime }) => [id, dateTime]))
    const auctions = new Map(read<Auction>('auctions').map(({ id, dateTime }) => [id, dateTime]))
    expect([persons.size, auctions.size]).toEqual([1000, 3000])
    for (const { seller, dateTime } of read<Auction>('auctions')) expect(persons.get(seller)).toBeLessThan(dateTime)
    for (const { auction, bidder, dateTime } of read<Bid>('bids')) {
      expect(auctions.get(auction)).toBeLessThan(dateTime)
      expect(persons.get(bidder)).toBeLessThan(dateTime)
    }
  })

  it('let every query find something', () => {
    const auctions = new Map(read<Auction>('auctions').map((auction) => [auction.id, auction]))
    const bids = read<Bid>('bids')
    const valid = bids.filter(({ auction, dateTime }) => dateTime <= (auctions.get(auction) as Auction).expires)
    expect(valid.length).toBeGreaterThan(bids.length / 10)
    expect(bids.filter(({ auction }) => auction % 123 === 0).length).toBeGreaterThan(10)
    const states = new Map(read<Person>('persons').map(({ id, state }) => [id, state]))
    const local = [...auctions.values()].filter(
      ({ seller, category }) => category === 10 && states.get(seller) === 'OR',
    )
    expect(local.length).toBeGreaterThan(5)
  })
})
