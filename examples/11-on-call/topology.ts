/** Payments in euros; what it calls to convert them may be away for a moment. */

import { type BuiltTopology, json, StreamsBuilder, string, type Topic, topic } from 'millrace'

export interface Payment {
  readonly amount: number
  readonly currency: string
}

export const payments: Topic<string, Payment> = topic('payments', { key: string(), value: json<Payment>() })
export const euros: Topic<string, number> = topic('euros', { key: string(), value: json<number>() })
export const failed: Topic<string, string> = topic('payments-failed', { key: string(), value: string() })

/** @param convert to euros; what it throws is for the handlers */
export function buildTopology(convert: (payment: Payment) => number): BuiltTopology {
  const builder = new StreamsBuilder()
  builder.stream(payments).mapValues(convert).to(euros)
  return builder.build()
}
