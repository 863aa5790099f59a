/** Carts with items and no order within an hour. */

import { detect, pattern } from '@millrace/patterns'
import { type BuiltTopology, json, StreamsBuilder, string, type Topic, topic } from 'millrace'

export interface ShopEvent {
  readonly type: 'view' | 'add' | 'order'
  readonly item: string
}

export const shop: Topic<string, ShopEvent> = topic('shop', { key: string(), value: json<ShopEvent>() })
export const reminders: Topic<string, string> = topic('reminders', { key: string(), value: string() })

const abandoned = pattern<ShopEvent>()
  .begin('items', (event) => event.type === 'add')
  .oneOrMore()
  .notFollowedBy('order', (event) => event.type === 'order')
  .within('1 hour')

const builder = new StreamsBuilder()
const { matches, late } = builder
  .stream(shop)
  .groupByKey()
  .apply(detect(abandoned, { skip: 'pastLastEvent', prefer: 'longest', grace: '5 min', name: 'abandoned-cart' }))
matches.mapValues(({ items }) => `forgot ${items.map(({ item }) => item).join(', ')}`).to(reminders)
late.mapValues(({ type, item }) => `too late: ${type} ${item}`).to(reminders)

export const topology: BuiltTopology = builder.build()
