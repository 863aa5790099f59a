/**
 * One run of one peer, measured from outside: time and CPU from when it says that it processes until its group's committed
 * offsets have reached the end of all it reads, then its output.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from 'millrace/log'
import type { RunOptions } from './bench-options.ts'
import { inputRecords, topicPrefix } from './inputs.ts'
import { type Peer, processingGuarantee } from './peer.ts'
import { PeerProcess } from './peer-process.ts'
import type { Pipeline } from './pipelines.ts'
import { internalTopics, isChangelog, type Progress, ProgressWatch, saidProgress } from './progress.ts'
import { type Result, readResult, readToEnd } from './result.ts'

export interface MeasuredRun extends Result {
  readonly peer: string
  readonly records: number
  /** From the start of the process until it processes, s. */
  readonly startSeconds: number
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

type Look = (expected: number) => Promise<Progress>

const LOOK_EVERY_MS = 25
let runs = 0

/** The inputs must have been loaded. @throws Error if the peer fails or takes longer than the limit. */
export async function measuredRun(
  log: Log,
  brokers: string,
  peer: Peer,
  pipeline: Pipeline,
  options: RunOptions,
): Promise<MeasuredRun> {
  const id = `bench-${pipeline.name}-${peer.name}-${process.pid}-${runs++}`
  const output = `output-of-${id}`
  const stateDir = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  const { guarantee, threads, commitMs, cacheBytes, lingerMs, store, partitions } = options
  await log.admin.createTopics([{ name: output, partitions, config: { 'retention.ms': '-1' } }])
  const inputPrefix = topicPrefix(options)
  const settings = { guarantee: processingGuarantee(guarantee), threads, commitMs, cacheBytes, lingerMs, store }
  const run = { ...settings, pipeline: pipeline.name, applicationId: id, brokers, inputPrefix, output, stateDir }
  const records = inputRecords(pipeline.inputs, options)
  const transactional = guarantee === 'exactly_once'
  const inputs = pipeline.inputs.map((name) => inputPrefix + name)
  const watch = new ProgressWatch(log, id, inputs, transactional)
  const child = new PeerProcess(peer.command(run))
  const look: Look = peer.progress === 'said' ? async () => saidProgress(child) : (expected) => watch.look(expected)
  try {
    const figures = await measure(child, look, records, options.limitSeconds)
    await child.stop()
    const result = await readResult(log, output, partitions, pipeline)
    const changelogRecords = await countChangelog(log, id, transactional)
    return { peer: peer.name, records, ...figures, changelogRecords, ...result }
  } finally {
    child.kill()
    rmSync(stateDir, { recursive: true, force: true })
    const names = (await internalTopics(log, id)).map(({ name }) => name)
    await log.admin.deleteTopics([output, ...names])
  }
}

async function measure(peer: PeerProcess, look: Look, records: number, limitSeconds: number) {
  const started = performance.now()
  await peer.running
  const start: Sample = { at: performance.now(), cpu: peer.cpuMicros(), committed: 0 }
  let half: Sample | undefined
  for (;;) {
    await sleep(LOOK_EVERY_MS)
    const { committed, complete } = await look(records)
    const now: Sample = { at: performance.now(), cpu: peer.cpuMicros(), committed }
    if (half === undefined && committed >= records / 2) half = now
    if (complete) {
      const seconds = (now.at - start.at) / 1000
      const warm = half !== undefined && half.committed < records ? half : undefined
      return {
        startSeconds: (start.at - started) / 1000,
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

/** Transactions leave markers in the changelog, so that its records have to be counted one by one. */
async function countChangelog(log: Log, applicationId: string, transactional: boolean): Promise<number> {
  const topics = (await internalTopics(log, applicationId)).filter(({ name }) => isChangelog(name))
  let records = 0
  for (const { name, partitions: count } of topics) {
    if (transactional) {
      await readToEnd(log, name, count, ({ batch }) => {
        records += batch.count
      })
      continue
    }
    const partitions = Array.from({ length: count }, (_, partition) => ({ topic: name, partition }))
    for (const { offset } of await log.admin.listOffsets(partitions, 'latest')) records += offset
  }
  return records
}
