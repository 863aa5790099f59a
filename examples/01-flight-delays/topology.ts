/**
 * The pipeline: flights joined with their origin airport; delays per airport and week; flights per state; alerts where three
 * departures in a row leave an airport late.
 *
 * The module exports the topology, so that worker processes can load it by its URL. `?prefix=P` puts P before every topic
 * name, so that several runs can share a Kafka cluster.
 */

import { detect, pattern } from '@millrace/patterns'
import {
  type BuiltTopology,
  json,
  StreamsBuilder,
  string,
  type Topic,
  timeWindowed,
  topic,
  tumbling,
  type Windowed,
} from 'millrace'
import type { Airport, AirportWeek, Flight, LateInARow } from './model.ts'

export const WEEK_MS: number = 7 * 24 * 60 * 60 * 1000

const isLate = (flight: Flight): boolean => flight.delay > 60

/** Three departures in a row of one airport, short flights too, each more than an hour late, within six hours. */
const lateInARow = pattern<Flight>()
  .begin('first', isLate)
  .next('second', isLate)
  .next('third', isLate)
  .within('6 hours')

export interface Topics {
  readonly flights: Topic<string, Flight>
  readonly airports: Topic<string, Airport>
  readonly airportWeeks: Topic<Windowed<string>, AirportWeek>
  readonly stateFlights: Topic<string, number>
  readonly alerts: Topic<string, LateInARow>
}

export function topics(prefix: string): Topics {
  return {
    flights: topic(`${prefix}flights`, { key: string(), value: json<Flight>() }),
    airports: topic(`${prefix}airports`, { key: string(), value: json<Airport>() }),
    airportWeeks: topic(`${prefix}airport-weeks`, { key: timeWindowed(string(), WEEK_MS), value: json<AirportWeek>() }),
    stateFlights: topic(`${prefix}state-flights`, { key: string(), value: json<number>() }),
    alerts: topic(`${prefix}flight-alerts`, { key: string(), value: json<LateInARow>() }),
  }
}

/** Old event times: the broker must not take their changelogs for expired. */
const KEEP = { 'retention.ms': '-1' }

export function buildTopology(prefix: string): BuiltTopology {
  const { flights, airports, airportWeeks, stateFlights, alerts } = topics(prefix)
  const builder = new StreamsBuilder()
  const airportTable = builder.globalTable(airports)

  const allFlights = builder.stream(flights)
  const departures = allFlights.join(airportTable, {
    key: (flight) => flight.origin,
    join: (flight, airport) => ({ ...flight, airport }),
  })

  departures
    .filter((flight) => flight.distance >= 100)
    .groupByKey()
    .windowedBy(tumbling(WEEK_MS, { grace: '1 day' }))
    .aggregate({
      init: (): AirportWeek => ({ flights: 0, totalDelay: 0, maxDelay: Number.MIN_SAFE_INTEGER, airport: undefined }),
      add: (week, flight) => ({
        flights: week.flights + 1,
        totalDelay: week.totalDelay + flight.delay,
        maxDelay: Math.max(week.maxDelay, flight.delay),
        airport: flight.airport,
      }),
      store: 'airport-weeks',
      value: json<AirportWeek>(),
      changelogConfig: KEEP,
    })
    .toStream()
    .to(airportWeeks)

  departures
    .groupBy((flight) => flight.airport.state)
    .count({ store: 'state-flights' })
    .toStream()
    .to(stateFlights)

  allFlights
    .groupByKey()
    .apply(detect(lateInARow, { skip: 'pastLastEvent', name: 'late-in-a-row', changelogConfig: KEEP }))
    .matches.to(alerts)

  return builder.build()
}

export const topology: BuiltTopology = buildTopology(new URL(import.meta.url).searchParams.get('prefix') ?? '')
