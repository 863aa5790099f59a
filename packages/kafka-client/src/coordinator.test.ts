import { systemClock } from 'millrace/log'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Coordinator } from './coordinator.ts'
import { type Answers, LOST, type ScriptedClient, scriptedClient } from './fixtures/scripted-client.ts'
import { Metadata } from './metadata.ts'

const DELETED = { doing: 'delete', errorOf: ([{ errorCode }]: readonly { errorCode: number }[]) => errorCode }
let hosts: string[]

beforeEach(() => {
  vi.useFakeTimers()
  hosts = []
})
afterEach(() => vi.useRealTimers())

/** A coordinator that moves at each look, and answers each request with the next of these. */
function coordinatorOf(...codes: (number | Error)[]): { client: ScriptedClient; coordinator: Coordinator } {
  let moves = 0
  const answers: Answers = {
    findCoordinator: () => ({ errorCode: 0, host: `broker-${++moves}`, port: 1 }),
    deleteGroups(_, { host }) {
      hosts.push(host)
      const code = codes.shift() ?? 0
      if (code instanceof Error) throw code
      return [{ errorCode: code }]
    },
  }
  const client = scriptedClient(answers)
  const clock = systemClock()
  const metadata = new Metadata(client, [{ host: 'bootstrap', port: 1 }], clock)
  return { client, coordinator: new Coordinator({ client, metadata, clock }, 'group', 'g') }
}

describe('Coordinator', () => {
  it('asks again after 20 ms where the answer was "not yet", at the same broker', async () => {
    const { client, coordinator } = coordinatorOf(51)
    const request = client.requests.deleteGroups(['g'])
    const answered = coordinator.call(client.openChannel(1), { ...DELETED, retryCodes: [51] }, request)
    await vi.advanceTimersByTimeAsync(19)
    expect(hosts).toEqual(['broker-1'])
    await vi.advanceTimersByTimeAsync(1)
    expect(await answered).toEqual([{ errorCode: 0 }])
    expect(hosts).toEqual(['broker-1', 'broker-1'])
  })

  it('looks for it again after 100 ms where it has moved or its answer was lost', async () => {
    const { client, coordinator } = coordinatorOf(16, LOST)
    const answered = coordinator.call(client.openChannel(1), DELETED, client.requests.deleteGroups(['g']))
    await vi.advanceTimersByTimeAsync(99)
    expect(hosts).toEqual(['broker-1'])
    await vi.advanceTimersByTimeAsync(101)
    expect(await answered).toEqual([{ errorCode: 0 }])
    expect(hosts).toEqual(['broker-1', 'broker-2', 'broker-3'])
  })

  it('does not guess where executing twice is not the same as once', async () => {
    const { client, coordinator } = coordinatorOf(LOST)
    const options = { ...DELETED, retryLost: false }
    const answered = coordinator.call(client.openChannel(1), options, client.requests.deleteGroups(['g']))
    await expect(answered).rejects.toMatchObject({ code: 'CONNECTION_LOST', retriable: false })
    expect(hosts).toHaveLength(1)
  })
})
