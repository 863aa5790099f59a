/** Jobs done by whichever instance has their partition. */

import { type BuiltTopology, json, StreamsBuilder, string, type Topic, topic } from 'millrace'

export interface Done {
  readonly by: string
  readonly result: number
}

export const jobs: Topic<string, number> = topic('jobs', { key: string(), value: json<number>() })
export const done: Topic<string, Done> = topic('done', { key: string(), value: json<Done>() })

/** @param worker who does the work: shown in the result */
export function buildTopology(worker: string): BuiltTopology {
  const builder = new StreamsBuilder()
  builder
    .stream(jobs)
    .mapValues((n) => ({ by: worker, result: n * n }))
    .to(done)
  return builder.build()
}
