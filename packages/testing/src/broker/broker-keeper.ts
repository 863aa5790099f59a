/**
 * The process behind `sharedKafka`: starts a broker, writes its address into the run's folder, and ends, folder and
 * broker with it, once the test runner is gone. Run as `node broker-keeper.ts FOLDER RUNNER_PID`.
 */

import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kafkaBroker } from './kafka-broker.ts'

const [folder, runner] = process.argv.slice(2)
const POLL_MS = 500

function answer(content: { brokers?: string[]; error?: string }): void {
  const partial = join(folder, 'answer.partial')
  writeFileSync(partial, JSON.stringify(content))
  renameSync(partial, join(folder, 'answer.json'))
}

function runnerLives(): boolean {
  try {
    process.kill(Number(runner), 0)
    return true
  } catch {
    return false
  }
}

try {
  const broker = await kafkaBroker()
  answer({ brokers: broker?.brokers })
  void broker?.ended.then(() => process.exit(1))
  process.on('SIGTERM', () => process.exit(0))
  setInterval(() => {
    if (!runnerLives()) process.exit(0)
  }, POLL_MS)
} catch (error) {
  answer({ error: error instanceof Error ? error.message : String(error) })
  setInterval(() => {
    if (!runnerLives()) process.exit(0)
  }, POLL_MS)
}
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
