/**
 * One run of one peer, measured from outside: time and CPU from when it says that it processes until its group's committed
 * offsets have reached the end of all it reads, then its output.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from 'millrace/log'
import { inputRecords, PARTITIONS } from './inputs.ts'
import type { BenchOptions } from './options.ts'
import type { Peer } from './peer.ts'
import { PeerProcess } from './peer-process.ts'
import type { Pipeline } from './pipelines.ts'
import { internalTopics, isChangelog, ProgressWatch } from './progress.ts'
import { type Result, readResult } from './result.ts'

export interface MeasuredRun extends Result {
  readonly peer: string
  readonly records: number
  readonly seconds: number
  readonly recordsPerSecond: number
  readonly cpuMicrosPerRecord: number
  /** Over the records after the first commit beyond half of them. */
  readonly cpuMicrosPerRecordWarm: number
  readonly peakRssMiB: number
  readonly changelogRecords: number
}

interface Sample {
  readonly at: number
  readonly cpu: number
  readonly committed: number
}

const LOOK_EVERY_MS = 25
let runs = 0

export async function measuredRun(
  log: Log,
  brokers: string,
  peer: Peer,
  pipeline: Pipeline,
  options: BenchOptions,
): Promise<MeasuredRun> {
  const id = `bench-${pipeline.name}-${peer.name}-${process.pid}-${runs++}`
  const output = `output-of-${id}`
  const stateDir = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  await log.admin.createTopics([{ name: output, partitions: PARTITIONS, config: { 'retention.ms': '-1' } }])
  const { guarantee, threads, commitMs, cacheBytes, lingerMs, store } = options
  const settings = { guarantee, threads, commitMs, cacheBytes, lingerMs, store }
  const run = { ...settings, pipeline: pipeline.name, applicationId: id, brokers, output, stateDir }
  const records = inputRecords(pipeline.inputs, options.records)
  const watch = new ProgressWatch(log, id, pipeline.inputs, guarantee === 'exactly_once_v2')
  const process_ = new PeerProcess(peer.command(run))
  try {
    const figures = await measure(process_, watch, records, options.limitSeconds)
    await process_.stop()
    const result = await readResult(log, output, pipeline)
    return { peer: peer.name, records, ...figures, changelogRecords: await changelogRecords(log, id), ...result }
  } finally {
    process_.kill()
    rmSync(stateDir, { recursive: true, force: true })
    const names = (await internalTopics(log, id)).map(({ name }) => name)
    await log.admin.deleteTopics([output, ...names])
  }
}

async function measure(peer: PeerProcess, watch: ProgressWatch, records: number, limitSeconds: number) {
  await peer.running
  const start: Sample = { at: performance.now(), cpu: peer.cpuMicros(), committed: 0 }
  let half: Sample | undefined
  for (;;) {
    await sleep(LOOK_EVERY_MS)
    const { committed, complete } = await watch.look(records)
    const now: Sample = { at: performance.now(), cpu: peer.cpuMicros(), committed }
    if (half === undefined && committed >= records / 2) half = now
    if (complete) {
      const seconds = (now.at - start.at) / 1000
      const warm = half !== undefined && half.committed < records ? half : undefined
      return {
        seconds,
        recordsPerSecond: Math.round(records / seconds),
        cpuMicrosPerRecord: (now.cpu - start.cpu) / records,
        // So short a run that one commit took more than half of it has no second half: its whole has to do.
        cpuMicrosPerRecordWarm: (now.cpu - (warm ?? start).cpu) / (records - (warm ?? start).committed),
        peakRssMiB: peer.peakRssMiB(),
      }
    }
    if (now.at - start.at > limitSeconds * 1000) {
      throw new Error(`not done after ${limitSeconds} s: ${committed} of ${records} records committed`)
    }
  }
}

async function changelogRecords(log: Log, applicationId: string): Promise<number> {
  const topics = (await internalTopics(log, applicationId)).filter(({ name }) => isChangelog(name))
  const partitions = topics.flatMap(({ name, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
  )
  if (partitions.length === 0) return 0
  const ends = await log.admin.listOffsets(partitions, 'latest')
  return ends.reduce((sum, { offset }) => sum + offset, 0)
}
