/** Main shocks with their aftershocks: quakes by region, a loop whose condition reads what the run has bound. */

import { detect, pattern } from '@millrace/patterns'
import { type BuiltTopology, json, StreamsBuilder, string, type Topic, topic } from 'millrace'

export interface Quake {
  readonly magnitude: number
  readonly place: string
  readonly longitude: number
  readonly latitude: number
}

export interface Aftershocks {
  readonly main: Quake
  readonly aftershock: Quake[]
}

export const quakes: Topic<string, Quake> = topic('quakes', { key: string(), value: json<Quake>() })
export const aftershocks: Topic<string, Aftershocks> = topic('aftershocks', {
  key: string(),
  value: json<Aftershocks>(),
})

const EARTH_KM = 6371

function kilometres(a: Quake, b: Quake): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180
  const [north, east] = [radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)]
  const h =
    Math.sin(north / 2) ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(east / 2) ** 2
  return 2 * EARTH_KM * Math.asin(Math.sqrt(h))
}

const sequence = pattern<Quake>()
  .begin('main', (quake) => quake.magnitude >= 5.5)
  .followedBy('aftershock', (quake, { main }) => quake.magnitude < main.magnitude && kilometres(quake, main) < 50)
  .timesOrMore(2)
  .within('8 hours')

const builder = new StreamsBuilder()
builder
  .stream(quakes)
  // `22km NNE of Hualian, Taiwan` is in Taiwan.
  .groupBy((quake) => quake.place.split(', ').at(-1) ?? '')
  .apply(detect(sequence, { skip: 'pastLastEvent', prefer: 'longest', name: 'aftershocks' }))
  .matches.to(aftershocks)

export const topology: BuiltTopology = builder.build()
