/** Visits: page views of a user with no more than 30 minutes between them, reported once each is over. */

import {
  type BuiltTopology,
  json,
  StreamsBuilder,
  session,
  sessionWindowed,
  string,
  type Topic,
  topic,
  untilWindowCloses,
  type Windowed,
} from 'millrace'

export const views: Topic<string, string> = topic('views', { key: string(), value: string() })
export const visits: Topic<Windowed<string>, string[]> = topic('visits', {
  key: sessionWindowed(string()),
  value: json<string[]>(),
})

const builder = new StreamsBuilder()
builder
  .stream(views)
  .groupByKey()
  .windowedBy(session('30 min', { grace: '5 min' }))
  .aggregate({
    init: (): string[] => [],
    add: (pages, page) => (page === null ? pages : [...pages, page]),
    merge: (earlier, later) => [...earlier, ...later],
    store: 'visits',
  })
  .suppress(untilWindowCloses())
  .toStream()
  .to(visits)

export const topology: BuiltTopology = builder.build()
