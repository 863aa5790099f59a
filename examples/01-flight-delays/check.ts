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

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const output = execFileSync(process.execPath, [...process.execArgv, main, '--json'], { encoding: 'utf8' })
assert.deepEqual(JSON.parse(output), {
  events: readFlights().length,
  airportWeeks: weeks.length,
  qualified: qualified.length,
  worst,
  states,
})
