/**
 * What the run found: read back from the output topics, as data and as text.
 */

import { type Log, readTopic } from 'millrace/log'
import { departureMs } from './data.ts'
import type { AirportWeek } from './model.ts'
import { readTable } from './read-table.ts'
import type { Topics } from './topology.ts'

export interface WorstWeek {
  readonly airport: string
  /** YYYY-MM-DD, UTC. */
  readonly weekStart: string
  readonly flights: number
  /** Minutes. */
  readonly meanDelay: number
  readonly maxDelay: number
}

/** Three late departures in a row. */
export interface Alert {
  readonly airport: string
  /** Departures of the first and the last, ISO, UTC. */
  readonly from: string
  readonly to: string
  /** Minutes. */
  readonly delays: readonly number[]
}

export interface Report {
  readonly events: number
  readonly airportWeeks: number
  /** Airport-weeks of at least 30 flights. */
  readonly qualified: number
  readonly worst: readonly WorstWeek[]
  readonly states: Readonly<Record<string, number>>
  /** By `from`, then airport. */
  readonly alerts: readonly Alert[]
}

/** Names of airports by their code, for people. */
export type AirportNames = ReadonlyMap<string, string>

const AT_LEAST = 30

export async function makeReport(log: Log, topics: Topics, events: number): Promise<[Report, AirportNames]> {
  const weeks = await readTable(log, topics.airportWeeks, ({ key, window }) => `${key}@${window.start}`)
  const states = await readTable(log, topics.stateFlights, (state) => state)
  const qualified = weeks.filter(([, { flights }]) => flights >= AT_LEAST)
  const mean = ({ totalDelay, flights }: AirportWeek): number => totalDelay / flights
  qualified.sort(
    ([a, left], [b, right]) =>
      mean(right) - mean(left) || (a.key < b.key ? -1 : a.key > b.key ? 1 : a.window.start - b.window.start),
  )
  const names = new Map<string, string>()
  for (const [{ key }, { airport }] of weeks) {
    if (airport !== undefined) names.set(key, `${airport.name}, ${airport.city}, ${airport.state}`)
  }
  const report = {
    events,
    airportWeeks: weeks.length,
    qualified: qualified.length,
    worst: qualified.slice(0, 10).map(([{ key, window }, week]) => ({
      airport: key,
      weekStart: new Date(window.start).toISOString().slice(0, 10),
      flights: week.flights,
      meanDelay: Math.round(mean(week) * 10_000) / 10_000,
      maxDelay: week.maxDelay,
    })),
    states: Object.fromEntries(states.sort(([a], [b]) => (a < b ? -1 : 1))),
    alerts: await readAlerts(log, topics),
  }
  return [report, names]
}

async function readAlerts(log: Log, topics: Topics): Promise<Alert[]> {
  const alerts: Alert[] = []
  for await (const { key, value } of readTopic(log, topics.alerts)) {
    if (key === null || value === null) continue
    const flights = [value.first, value.second, value.third]
    const [from, , to] = flights.map((flight) => new Date(departureMs(flight)).toISOString())
    alerts.push({ airport: key, from, to, delays: flights.map(({ delay }) => delay) })
  }
  const order = ({ from, airport }: Alert): string => `${from} ${airport}`
  return alerts.sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

export function reportText(
  { events, airportWeeks, qualified, worst, states, alerts }: Report,
  names: AirportNames,
): string {
  const count = new Intl.NumberFormat('en-US')
  const rows = worst.map(({ airport, weekStart, flights, meanDelay, maxDelay }, index) =>
    [
      String(index + 1).padStart(2),
      weekStart,
      String(flights).padStart(7),
      meanDelay.toFixed(1).padStart(10),
      String(maxDelay).padStart(9),
      ` ${airport}  ${names.get(airport) ?? ''}`,
    ].join('  '),
  )
  const busiest = Object.entries(states)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([state, flights]) => `${state} ${count.format(flights)}`)
  return [
    `${count.format(events)} departures, ${count.format(airportWeeks)} airport-weeks, ${qualified} of them with ${AT_LEAST} flights or more.`,
    '',
    'The ten worst weeks by mean delay (minutes):',
    ' #  week of     flights  mean delay  max delay   airport',
    ...rows,
    '',
    `Busiest states: ${busiest.join(', ')}.`,
    '',
    ...alertLines(alerts),
    '',
  ].join('\n')
}

const SHOWN = 5

function alertLines(alerts: readonly Alert[]): string[] {
  const clock = (iso: string): string => iso.slice(0, 16).replace('T', ' ')
  return [
    `${alerts.length} times three departures in a row left an airport more than an hour late; the first:`,
    ...alerts
      .slice(0, SHOWN)
      .map(({ airport, from, to, delays }) => `  ${airport}  ${clock(from)} to ${clock(to)}  ${delays.join(', ')} min`),
  ]
}
