/** Which ads were clicked within ten minutes of being shown, and which were not. */

import { type BuiltTopology, joinWindows, json, StreamsBuilder, string, type Topic, topic } from 'millrace'

export interface Impression {
  readonly ad: string
}
export interface Click {
  readonly at: string
}
export interface Outcome {
  readonly ad: string
  /** Null: not clicked in time. */
  readonly clickedAt: string | null
}

/** Both are keyed by the id of the page view, and have equal partition counts: matches are on one worker. */
export const impressions: Topic<string, Impression> = topic('impressions', { key: string(), value: json<Impression>() })
export const clicks: Topic<string, Click> = topic('clicks', { key: string(), value: json<Click>() })
export const outcomes: Topic<string, Outcome> = topic('outcomes', { key: string(), value: json<Outcome>() })

const builder = new StreamsBuilder()
builder
  .stream(impressions)
  .leftJoin(builder.stream(clicks), {
    windows: joinWindows({ before: 0, after: '10 min', grace: '1 min' }),
    join: ({ ad }, click) => ({ ad, clickedAt: click?.at ?? null }),
    name: 'clicked',
  })
  .to(outcomes)

export const topology: BuiltTopology = builder.build()
