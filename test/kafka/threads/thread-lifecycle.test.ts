/** Worker threads that come, go, fail and pause while an app runs on a real broker. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Log, long, produce, readTopic, StreamsApp, type StreamsAppOptions, string, topic } from 'millrace'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeOnKafka, fresh, freshTopic, openLog } from '../broker-under-test.ts'

const KEYS = 'abcdefghijkl'.split('')

describeOnKafka('worker threads of an app that runs', () => {
  let log: Log
  const folder = mkdtempSync(join(tmpdir(), 'millrace-threads-'))
  const apps: StreamsApp[] = []

  beforeAll(() => {
    log = openLog()
  })
  afterAll(async () => {
    for (const app of apps) await app.close()
    await log.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function scene(name: string) {
    const words = topic(await freshTopic(log, 'words', {}, 4), { key: string(), value: string() })
    const counts = topic(await freshTopic(log, 'counts', {}, 4), { key: string(), value: long() })
    const applicationId = fresh(name)
    const marker = join(folder, applicationId)
    const url = new URL('./failing-topology.ts', import.meta.url)
    process.env.FAILING_TOPOLOGY = JSON.stringify({ words: words.name, counts: counts.name, marker })
    const open = (options: Partial<StreamsAppOptions> = {}): StreamsApp => {
      const app = new StreamsApp(url, {
        applicationId,
        log,
        threads: 2,
        processingGuarantee: 'exactly_once_v2',
        cacheMaxBytes: 0,
        heartbeatIntervalMs: 200,
        ...options,
      })
      apps.push(app)
      return app
    }
    return {
      open,
      marker,
      send: (...values: string[]): Promise<void> =>
        produce(
          log,
          words,
          values.map((value) => ({ key: value, value })),
        ),
      async written(): Promise<Record<string, number[]>> {
        const result: Record<string, number[]> = {}
        for await (const { key, value } of readTopic(log, counts)) (result[key ?? ''] ??= []).push(value ?? 0)
        return result
      },
    }
  }

  const inOrder = (n: number, ...more: string[]): Record<string, number[]> =>
    Object.fromEntries([
      ...KEYS.map((key) => [key, Array.from({ length: n }, (_, index) => index + 1)]),
      ...more.map((key) => [key, [1]]),
    ])
  const POLL = { timeout: 30_000, interval: 100 }
  const tasksOf = (app: StreamsApp): string =>
    app
      .metadataForLocalThreads()
      .map(({ activeTasks }) => activeTasks.length)
      .join()

  it('come and go, pause and resume', async () => {
    const { open, send, written } = await scene('thread-count')
    const lines: string[] = []
    const app = open({
      logger: {
        debug: () => {},
        info: (_details, message) => lines.push(message),
        warn: () => {},
        error: () => {},
      },
    })
    await app.start()
    await send(...KEYS)
    await expect.poll(() => tasksOf(app), POLL).toBe('2,2')
    expect(app.metadataForLocalThreads().map(({ runsOn }) => runsOn)).toEqual(['worker-thread', 'worker-thread'])
    expect(await app.addStreamThread()).toMatch(/-3$/)
    await expect.poll(() => tasksOf(app).split(',').sort().join(), POLL).toBe('1,1,2')
    await send(...KEYS)
    await expect.poll(written, POLL).toEqual(inOrder(2))
    app.pause()
    await log.clock.sleep(300)
    await send(...KEYS)
    await log.clock.sleep(1000)
    expect(await written()).toEqual(inOrder(2))
    app.resume()
    expect(await app.removeStreamThread()).toMatch(/-3$/)
    expect(await app.removeStreamThread()).toMatch(/-2$/)
    await expect.poll(() => tasksOf(app), POLL).toBe('4')
    await expect.poll(written, POLL).toEqual(inOrder(3))
    // Counts of threads that are gone stay; what a rebalance made them do again counts again.
    expect(app.metrics().processed).toBeGreaterThanOrEqual(36)
    // A logger is code, and works: the lines come from the threads.
    expect(lines).toContain('assigned')
    await app.close()
    expect(app.state).toBe('not-running')
  }, 90_000)

  it('are replaced when they fail, and the handler is a function of the app', async () => {
    const { open, send, written, marker } = await scene('thread-replaced')
    writeFileSync(marker, '')
    const errors: Error[] = []
    const app = open({
      uncaughtExceptionHandler: (error) => {
        errors.push(error)
        if (errors.length === 2) rmSync(marker)
        return 'replace-thread'
      },
    })
    await app.start()
    await send(...KEYS, 'poison', ...KEYS)
    await expect.poll(written, POLL).toEqual(inOrder(2, 'poison'))
    expect(errors.length).toBeGreaterThanOrEqual(2)
    expect(errors[0]).toMatchObject({ code: 'MILLRACE_PROCESSING', coordinates: { offset: expect.any(Number) } })
    await expect.poll(() => app.state, POLL).toBe('running')
    expect(app.metadataForLocalThreads()).toHaveLength(2)
    await app.close()
  }, 90_000)

  it('end in all instances where one asks for the end of the application', async () => {
    const { open, send, marker } = await scene('thread-shutdown')
    writeFileSync(marker, '')
    const options = { uncaughtExceptionHandler: 'shutdown-application' } as const
    const pair = [open(options), open({ ...options, threads: 1 })]
    for (const app of pair) await app.start()
    await expect.poll(() => pair.map((app) => app.state), POLL).toEqual(['running', 'running'])
    await send('poison')
    const ends = await Promise.allSettled(pair.map((app) => app.finished))
    const codes = ends.map((end) => (end.status === 'rejected' ? end.reason.code : end.status))
    expect(codes).toContain('MILLRACE_PROCESSING')
    // The other one was told, or was handed the poison before it was.
    expect(['MILLRACE_APPLICATION_SHUTDOWN', 'MILLRACE_PROCESSING']).toEqual(expect.arrayContaining(codes))
    expect(pair.map(({ state }) => state)).toEqual(['error', 'error'])
  }, 90_000)
})
