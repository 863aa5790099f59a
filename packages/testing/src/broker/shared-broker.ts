/**
 * One broker for all test files of a run. The first caller starts it in a process of its own (`broker-keeper.ts`) that
 * lives as long as the test runner; the others wait for its address. A lock is a directory named after the runner's
 * process, since `mkdir` is atomic and test files run in several processes.
 */

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

/**
 * The run's broker: `HOST:PORT` addresses, or undefined after a loud skip.
 *
 * @throws Error if `REQUIRE_KAFKA=1` and there is none, or if starting it failed.
 */
export async function sharedKafka(): Promise<string[] | undefined> {
  if (process.env.KAFKA_BROKERS) return process.env.KAFKA_BROKERS.split(',')
  // Test files run in child processes (vitest's forks) or in worker threads of the runner.
  const runner = isMainThread ? process.ppid : process.pid
  const folder = join(tmpdir(), `millrace-broker-of-${runner}`)
  const answer = join(folder, 'answer.json')
  let first = true
  try {
    mkdirSync(folder)
  } catch {
    first = false
  }
  if (first) startKeeper(folder, runner)
  while (!existsSync(answer)) {
    if (!existsSync(folder)) throw new Error('the shared Kafka broker ended before it was ready')
    await sleep(50)
  }
  const { brokers, error } = JSON.parse(readFileSync(answer, 'utf8')) as { brokers?: string[]; error?: string }
  if (error !== undefined) throw new Error(error)
  if (brokers === undefined) process.stderr.write('\n*** SKIPPED: no Kafka broker for this test file\n\n')
  return brokers
}

function startKeeper(folder: string, runner: number): void {
  const keeper = join(
    fileURLToPath(new URL('.', import.meta.url)),
    `broker-keeper${extname(fileURLToPath(import.meta.url))}`,
  )
  const child = spawn(process.execPath, [keeper, folder, String(runner)], {
    detached: true,
    // Nothing inherited: a pipe of the runner's held open here would keep the runner waiting for its end.
    stdio: 'ignore',
    env: { ...process.env, NODE_OPTIONS: '', VITEST: '' },
  })
  child.unref()
}
