/**
 * One worker process: `worker.ts BROKERS APPLICATION_ID PREFIX NUMBER`. Runs until SIGTERM, which closes it cleanly.
 */

import { kafkaLog } from '@millrace/kafka'
import { runUntilSignal } from 'millrace'
import { createApp } from './app.ts'

const [brokers, applicationId, prefix, number] = process.argv.slice(2)
const log = kafkaLog({ brokers: brokers.split(','), clientId: `${applicationId}-${process.pid}` })
try {
  await runUntilSignal(createApp(log, applicationId, prefix, Number(number)), { timeoutMs: 10_000 })
} finally {
  await log.close()
}
