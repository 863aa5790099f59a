/**
 * `npm run kafka`: a Kafka broker in the foreground. Prints HOST:PORT as the only line on stdout, once it can be used; all
 * else goes to stderr. SIGINT and SIGTERM stop it. `--port N` chooses the port.
 */

import { parseArgs } from 'node:util'
import { kafkaBroker } from '@millrace/testing'

const { values } = parseArgs({ options: { port: { type: 'string' } } })

const broker = await kafkaBroker({
  port: values.port === undefined ? undefined : Number(values.port),
  onLogLine: (line) => process.stderr.write(`${line}\n`),
})
if (broker === undefined) process.exit(1)
process.stdout.write(`${broker.brokers.join(',')}\n`)
process.stderr.write(`Kafka from ${broker.source}; stop it with Ctrl-C\n`)

// The broker alone does not keep the process alive.
setInterval(() => {}, 1 << 30)
let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await broker?.close()
  process.exit(0)
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
await broker.ended
if (!stopping) {
  process.stderr.write('Kafka ended by itself\n')
  process.exit(1)
}
