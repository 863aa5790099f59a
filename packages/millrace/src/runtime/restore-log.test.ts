import { expect, it } from 'vitest'
import type { Logger } from '../config/streams-config.ts'
import { systemClock } from '../record/clock.ts'
import { RestoreLog } from './restore-log.ts'
import type { RestoreProgress } from './restore-progress.ts'

it('says how a restore goes: its begin, every ten seconds, its end', () => {
  let now = 0
  const lines: string[] = []
  const info = (details: object, text: string): void => {
    lines.push(`${text} ${JSON.stringify(details)}`)
  }
  const heard: string[] = []
  const log = new RestoreLog(
    { debug() {}, warn() {}, error() {}, info } satisfies Logger,
    { ...systemClock(), monotonic: () => now },
    { onRestoreProgress: ({ phase }) => heard.push(phase), onStandbyUpdate: () => {} },
  )
  const progress = (phase: RestoreProgress['phase'], restored: number, secondsLeft?: number): void =>
    log.onRestoreProgress({
      ...{ phase, task: '0_1', store: 'counts', topic: 'app-counts-changelog', partition: 1 },
      ...{ restored, bytes: 20 * restored, remaining: 100 - restored, secondsLeft },
    })
  progress('start', 0)
  now = 4_000
  progress('batch', 10, 36)
  now = 10_000
  progress('batch', 50, 9.2)
  now = 15_000
  progress('batch', 60, 8)
  progress('end', 100)
  expect(lines).toEqual([
    'restoring a store {"task":"0_1","store":"counts","records":0,"bytes":0,"remaining":100}',
    'still restoring a store {"task":"0_1","store":"counts","records":50,"bytes":1000,"remaining":50,"secondsLeft":10}',
    'restored a store {"task":"0_1","store":"counts","records":100,"bytes":2000,"remaining":0}',
  ])
  expect(heard).toEqual(['start', 'batch', 'batch', 'batch', 'end'])
})
