/** The twin of java/…/Takeover.java: the same calls in the same order, so that all names come out equal. `?prefix=` as there. */

import { type BuiltTopology, long, StreamsBuilder, string, timeWindowed, topic, tumbling } from 'millrace'
import { WINDOW_MS } from './topics.ts'

function buildTopology(prefix: string): BuiltTopology {
  const text = (name: string) => topic(`${prefix}${name}`, { key: string(), value: string() })
  const builder = new StreamsBuilder()
  const events = builder.stream(text('events'))
  const users = builder.table(text('users'))

  events
    .groupByKey()
    .count({ store: 'counts' })
    .toStream()
    .to(topic(`${prefix}counts`, { key: string(), value: long() }))

  events
    .groupByKey()
    .windowedBy(tumbling(WINDOW_MS, { grace: '1 hour' }))
    .aggregate({ init: () => 0, add: (sum: number, event) => sum + Number(event), store: 'sums', value: long() })
    .toStream()
    .to(topic(`${prefix}sums`, { key: timeWindowed(string(), WINDOW_MS), value: long() }))

  events.join(users, (event, user) => `${event} by ${user}`).to(text('joined'))

  const orders = builder.table(text('orders'))
  const customers = builder.table(text('customers'))
  orders
    .join(customers, {
      foreignKey: (order) => order.slice(0, order.indexOf(' ')),
      join: (order, customer) => `${order} is ${customer}`,
      name: 'enrich',
      store: 'enriched',
      value: string(),
    })
    .toStream()
    .to(`${prefix}enriched`, { key: string(), value: string() })
  return builder.build()
}

export const topology: BuiltTopology = buildTopology(new URL(import.meta.url).searchParams.get('prefix') ?? '')
