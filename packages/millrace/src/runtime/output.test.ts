import { expect, it } from 'vitest'
import type { Producer } from '../log/producer.ts'
import type { Clock } from '../record/clock.ts'
import { Output } from './output.ts'
import type { BatchingCollector } from './record-collector.ts'
import type { Refusals } from './refusals.ts'

/** An output with 100 ms of linger, at whose rounds something is pending or not. @returns at which of them it was sent */
function sentAt(rounds: readonly (readonly [ms: number, pending: boolean])[]): number[] {
  let now = 0
  let pending = false
  const sent: number[] = []
  const collector = {
    hasFullBatches: false,
    get pendingBytes() {
      return pending ? 1 : 0
    },
    takeAll() {
      sent.push(now)
      pending = false
      return []
    },
  } as unknown as BatchingCollector
  const output = new Output({
    createProducer: () => ({}) as Producer,
    collector,
    clock: { monotonic: () => now } as Clock,
    lingerMs: 100,
    transactional: false,
    refusals: {} as Refusals,
    dropped() {},
  })
  for (const [ms, more] of rounds) {
    now = ms
    pending ||= more
    output.sendReady()
  }
  return sent
}

it('sends what lingers every 95 ms on average, though rounds come late', () => {
  const rounds = Array.from({ length: 150 }, (_, index) => [index * 7, true] as const)
  const sent = sentAt(rounds)
  expect(sent.slice(0, 4)).toEqual([98, 196, 287, 385])
  expect(sent).toHaveLength(10)
})

it('lets nothing linger longer after a pause, and does not send the first record after one by itself', () => {
  expect(
    sentAt([
      [5, true],
      [100, false],
      [130, false],
      [160, true],
      [185, false],
      [200, true],
    ]),
  ).toEqual([100, 200])
  expect(
    sentAt([
      [500, false],
      [501, true],
      [590, true],
      [600, true],
    ]),
  ).toEqual([600])
  expect(
    sentAt([
      [5, true],
      [950, true],
      [1000, true],
      [1040, true],
      [1050, true],
    ]),
  ).toEqual([950, 1050])
})
