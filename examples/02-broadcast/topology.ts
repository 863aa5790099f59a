/** Payments, shared among the workers, converted at rates that every worker holds whole. */

import { type BuiltTopology, double, json, StreamsBuilder, string, type Topic, topic } from 'millrace'

export interface Payment {
  readonly amount: number
  readonly currency: string
}

export const payments: Topic<string, Payment> = topic('payments', { key: string(), value: json<Payment>() })
export const rates: Topic<string, number> = topic('rates', { key: string(), value: double() })
export const euros: Topic<string, number> = topic('euros', { key: string(), value: double() })

const builder = new StreamsBuilder()
const rateTable = builder.globalTable(rates, { store: 'rates' })
builder
  .stream(payments)
  .join(rateTable, { key: ({ currency }) => currency, join: ({ amount }, rate) => amount * rate })
  .to(euros)

export const topology: BuiltTopology = builder.build()
