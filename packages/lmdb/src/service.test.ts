/**
 * The whole of it killed, several times: a durable log, an app on LMDB stores or the core's own, exactly once. Every count is right, no output
 * is missing or there twice, and what is restored is a tail.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Log, readTopic } from 'millrace'
import { afterAll, describe, expect, it } from 'vitest'
import { counts, openLog, type StoreChoice, wordCount, words } from './fixtures/word-count.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-service-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function runAndKill(dir: string, stores: StoreChoice, batches: number): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=millrace-source',
      fileURLToPath(new URL('./fixtures/count-until-killed.ts', import.meta.url)),
      dir,
      stores,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  child.stdout.on('data', (data: Buffer) => {
    if (Number(data.toString().trimEnd().split('\n').at(-1)) >= batches) child.kill('SIGKILL')
  })
  const [code, signal] = await once(child, 'close')
  expect([code, signal]).toEqual([null, 'SIGKILL'])
}

async function countedInput(log: Log): Promise<Map<string, number>> {
  const expected = new Map<string, number>()
  for await (const { key } of readTopic(log, words)) {
    if (key !== null) expected.set(key, (expected.get(key) ?? 0) + 1)
  }
  return expected
}

async function output(log: Log): Promise<Map<string, number[]>> {
  const seen = new Map<string, number[]>()
  for await (const { key, value } of readTopic(log, counts)) {
    if (key !== null && value !== null) seen.set(key, [...(seen.get(key) ?? []), value])
  }
  return seen
}

describe('a service without a broker', () => {
  it.each<StoreChoice>([
    'lmdb',
    'default',
  ])('loses nothing and doubles nothing when it is killed again and again: %s stores', {
    timeout: 120_000,
  }, async (stores) => {
    const dir = join(root, stores)
    for (const batches of [60, 25, 90]) await runAndKill(dir, stores, batches)
    const log = await openLog(dir)
    const expected = await countedInput(log)
    let restored = 0
    const app = wordCount(log, dir, stores, (count) => {
      restored = Math.max(restored, count)
    })
    await app.start()
    const total = [...expected.values()].reduce((sum, count) => sum + count, 0)
    expect(total).toBeGreaterThanOrEqual(175 * 50)
    const deadline = Date.now() + 30_000
    let seen = await output(log)
    while ([...seen.values()].flat().length < total && Date.now() < deadline) {
      await log.clock.sleep(50)
      seen = await output(log)
    }
    for (const [word, count] of expected) {
      expect(seen.get(word)).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    }
    expect(restored).toBeLessThan(total / 3)
    await app.close()
    await log.close()
  })
})
