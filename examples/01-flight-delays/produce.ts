/**
 * Puts the input on the log: airports at once, flights at once or at a rate.
 */

import { type Log, partitionFor, type Producer, RecordBatchBuilder } from 'millrace/log'
import { departureMs, readAirports, readFlights } from './data.ts'
import type { Topics } from './topology.ts'

export const FLIGHT_PARTITIONS = 4

export async function createTopics(log: Log, { flights, airports, airportWeeks, stateFlights }: Topics): Promise<void> {
  const config = { 'retention.ms': '-1' }
  await log.admin.createTopics([
    { name: flights.name, partitions: FLIGHT_PARTITIONS, config },
    { name: airports.name, partitions: 1, config: { 'cleanup.policy': 'compact' } },
    { name: airportWeeks.name, partitions: FLIGHT_PARTITIONS, config },
    { name: stateFlights.name, partitions: FLIGHT_PARTITIONS, config },
  ])
}

export async function produceAirports(log: Log, name: string): Promise<void> {
  const producer = log.producer()
  await producer.init()
  const records = new RecordBatchBuilder()
  for (const airport of readAirports()) records.append(airport.iata, JSON.stringify(airport), 0, undefined)
  await producer.send({ topic: name, partition: 0, records })
  await producer.close()
}

/**
 * @param rate flights a second; undefined: as fast as possible.
 * @returns how many.
 */
export async function produceFlights(log: Log, name: string, rate: number | undefined): Promise<number> {
  const producer = log.producer()
  await producer.init()
  const flights = readFlights()
  const chunk = rate === undefined ? flights.length : Math.max(1, Math.round(rate / 20))
  const started = log.clock.monotonic()
  for (let from = 0; from < flights.length; from += chunk) {
    if (rate !== undefined) await log.clock.sleep(started + (from / rate) * 1000 - log.clock.monotonic())
    await sendFlights(producer, name, flights.slice(from, from + chunk))
  }
  await producer.close()
  return flights.length
}

async function sendFlights(producer: Producer, name: string, flights: ReturnType<typeof readFlights>): Promise<void> {
  const batches = new Map<number, RecordBatchBuilder>()
  for (const flight of flights) {
    const key = Buffer.from(flight.origin)
    const partition = partitionFor(key, FLIGHT_PARTITIONS)
    let records = batches.get(partition)
    if (records === undefined) batches.set(partition, (records = new RecordBatchBuilder()))
    records.append(key, JSON.stringify(flight), departureMs(flight), undefined)
  }
  // Batches below the log's limit of a message (1 MB by default).
  const sends = [...batches].map(([partition, records]) => producer.send({ topic: name, partition, records }))
  await Promise.all(sends)
}
