/**
 * Puts the input on the log: airports at once, flights at once or at a rate.
 */

import { type Log, produce } from 'millrace/log'
import { departureMs, readAirports, readFlights } from './data.ts'
import type { Topics } from './topology.ts'

export const FLIGHT_PARTITIONS = 4

export async function createTopics(log: Log, topics: Topics): Promise<void> {
  const { flights, airports, airportWeeks, stateFlights, alerts } = topics
  const config = { 'retention.ms': '-1' }
  await log.admin.createTopics([
    { name: flights.name, partitions: FLIGHT_PARTITIONS, config },
    { name: airports.name, partitions: 1, config: { 'cleanup.policy': 'compact' } },
    { name: airportWeeks.name, partitions: FLIGHT_PARTITIONS, config },
    { name: stateFlights.name, partitions: FLIGHT_PARTITIONS, config },
    { name: alerts.name, partitions: FLIGHT_PARTITIONS, config },
  ])
}

export async function produceAirports(log: Log, airports: Topics['airports']): Promise<void> {
  const records = readAirports().map((airport) => ({ key: airport.iata, value: airport, timestamp: 0 }))
  await produce(log, airports, records)
}

/**
 * @param rate flights a second; undefined: as fast as possible.
 * @returns how many.
 */
export async function produceFlights(log: Log, topic: Topics['flights'], rate: number | undefined): Promise<number> {
  const flights = readFlights()
  const records = flights.map((flight) => ({ key: flight.origin, value: flight, timestamp: departureMs(flight) }))
  if (rate === undefined) {
    await produce(log, topic, records)
    return flights.length
  }
  const producer = log.producer()
  await producer.init()
  const chunk = Math.max(1, Math.round(rate / 20))
  const started = log.clock.monotonic()
  for (let from = 0; from < records.length; from += chunk) {
    await log.clock.sleep(Math.max(0, started + (from / rate) * 1000 - log.clock.monotonic()))
    await produce(log, topic, records.slice(from, from + chunk), { producer })
  }
  await producer.close()
  return flights.length
}
