/**
 * Checks the example: computes the report again from the data in plain loops, knowing nothing of the pipeline, and compares it
 * with what `main.ts --json` prints.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { departureMs, readAirports, readFlights } from './data.ts'

const WEEK = 7 * 24 * 60 * 60 * 1000
const stateOf = new Map(readAirports().map(({ iata, state }) => [iata, state]))
const known = readFlights().filter(({ origin }) => stateOf.has(origin))

const states: Record<string, number> = {}
for (const { origin } of known) states[stateOf.get(origin)!] = (states[stateOf.get(origin)!] ?? 0) + 1

const delays = new Map<string, number[]>()
for (const flight of known.filter(({ distance }) => distance >= 100)) {
  const key = `${flight.origin}@${Math.floor(departureMs(flight) / WEEK)}`
  delays.set(key, [...(delays.get(key) ?? []), flight.delay])
}
const weeks = [...delays].map(([key, list]) => {
  const [airport, week] = key.split('@')
  const meanDelay = list.reduce((sum, delay) => sum + delay, 0) / list.length
  const weekStart = new Date(Number(week) * WEEK).toISOString().slice(0, 10)
  return { airport, weekStart, flights: list.length, meanDelay, maxDelay: Math.max(...list) }
})
const qualified = weeks.filter(({ flights }) => flights >= 30)
const worst = qualified
  .sort((a, b) => b.meanDelay - a.meanDelay || `${a.airport}${a.weekStart}`.localeCompare(`${b.airport}${b.weekStart}`))
  .slice(0, 10)
  .map((week) => ({ ...week, meanDelay: Math.round(week.meanDelay * 10_000) / 10_000 }))

const alerts: object[] = []
for (const [airport, flights] of Map.groupBy(readFlights(), ({ origin }) => origin)) {
  for (let at = 0; at + 2 < flights.length; at++) {
    const three = flights.slice(at, at + 3)
    const [from, , to] = three.map(departureMs)
    if (three.some(({ delay }) => delay <= 60) || to - from >= 6 * 60 * 60 * 1000) continue
    const [first, last] = [from, to].map((time) => new Date(time).toISOString())
    alerts.push({ airport, from: first, to: last, delays: three.map(({ delay }) => delay) })
    at += 2
  }
}
const byTime = (alert: object): string => Object.values(alert).slice(0, 2).reverse().join(' ')
alerts.sort((a, b) => byTime(a).localeCompare(byTime(b)))
assert.equal(alerts.length, 26)

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const output = execFileSync(process.execPath, [...process.execArgv, main, '--json'], { encoding: 'utf8' })
assert.deepEqual(JSON.parse(output), {
  events: readFlights().length,
  airportWeeks: weeks.length,
  qualified: qualified.length,
  worst,
  states,
  alerts,
})
