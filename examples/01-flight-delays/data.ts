/**
 * Reads the real data from the npm package vega-datasets.
 */

import { readFileSync } from 'node:fs'
import type { Airport, Flight } from './model.ts'

function file(name: string): string {
  // The package exports its entry point only; the data lies in `data`, beside the entry's folder.
  return readFileSync(new URL(`../data/${name}`, import.meta.resolve('vega-datasets')), 'utf8')
}

export function readFlights(): Flight[] {
  return JSON.parse(file('flights-20k.json')) as Flight[]
}

/** Event time of a flight, ms since the epoch. */
export function departureMs({ date }: Flight): number {
  return Date.parse(`${date.replaceAll('/', '-').replace(' ', 'T')}:00Z`)
}

export function readAirports(): Airport[] {
  const [header, ...rows] = file('airports.csv').trim().split(/\r?\n/).map(csvFields)
  const column = (name: string): number => header.indexOf(name)
  const [iata, name, city, state] = ['iata', 'name', 'city', 'state'].map(column)
  return rows.map((row) => ({ iata: row[iata], name: row[name], city: row[city], state: row[state] }))
}

/** The fields of one CSV line; quoted ones may hold commas, and doubled quotes. */
function csvFields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  )
}
