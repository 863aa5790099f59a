/** The log adapter a run asks for by name. Only that one is loaded: a worker that starts should not load both. */

import type { KafkaLogOptions } from '@millrace/kafka'
import type { Log } from 'millrace/log'

export type OpenLog = (options: Pick<KafkaLogOptions, 'brokers' | 'clientId' | 'mapBroker'>) => Log

/** @throws Error for a name that is no adapter. */
export async function openLog(name: string): Promise<OpenLog> {
  if (name === 'kafka') return (await import('@millrace/kafka')).kafkaLog
  if (name === 'kafkajs') return (await import('@millrace/kafkajs')).kafkaJsLog
  throw new Error(`there is no log ${name}`)
}
