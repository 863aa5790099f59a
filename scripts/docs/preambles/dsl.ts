/**
 * What the examples in the comments of packages/millrace/src talk about: each example is compiled as if these were declared
 * above it (scripts/docs/compile-examples.ts). Types only: nothing here runs.
 */
import type { GlobalKTable, KStream, KTable, Processor, StreamRecord, StreamsBuilder, Windowed } from 'millrace'

export interface Flight {
  readonly airline: string
  readonly origin: string
  readonly destination: string
  readonly distance: number
  readonly delay: number
  readonly cancelled: boolean
}
export interface Airport {
  readonly city: string
  readonly state: string
}
export interface Order {
  readonly id: string
  readonly customerId: string
  readonly total: number
  readonly placedAt: number
}
export interface Customer {
  readonly name: string
}
export interface User {
  readonly name: string
  readonly city: string
  readonly active: boolean
  readonly deleted: boolean
}
export interface Click {
  readonly page: string
}
export interface View {
  readonly seconds: number
}
export interface Visit {
  readonly clicks: number
  readonly seconds: number
}
export interface Seat {
  readonly flight: string
  readonly price: number
  readonly persons: number
}

export declare const builder: StreamsBuilder
export declare const running: StreamsBuilder
export declare const next: StreamsBuilder
export declare const flights: KStream<string, Flight>
export declare const airports: GlobalKTable<string, Airport>
export declare const orders: KStream<string, Order>
export declare const webOrders: KStream<string, Order>
export declare const shopOrders: KStream<string, Order>
export declare const payments: KStream<string, { readonly amount: number }>
export declare const orderTable: KTable<string, Order>
export declare const customers: KTable<string, Customer>
export declare const users: KTable<string, User>
export declare const addresses: KTable<string, { readonly city: string }>
export declare const clicks: KStream<string, Click>
export declare const views: KStream<string, View>
export declare const sent: KStream<string, { readonly at: number }>
export declare const received: KStream<string, { readonly at: number }>
export declare const lines: KStream<string, string>
export declare const delays: KStream<string, number>
export declare const positions: KStream<string, { readonly x: number; readonly y: number }>
export declare const alerts: KStream<string, { readonly text: string }>
export declare const pager: { notify(alert: { readonly text: string }): void }
export declare const seats: KTable<string, Seat>
export declare const counts: KTable<string, number>
export declare const hourly: KTable<Windowed<string>, number>
export declare const billed: KTable<string, number>
export declare const paid: KTable<string, number>

export declare class Deduplicate implements Processor<string, Order> {
  process(record: StreamRecord<string, Order>): void
}
