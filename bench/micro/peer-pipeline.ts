/**
 * The peers' pipelines (`../peers/millrace/topologies.ts`) on the embedded log: the same topologies and inputs without a
 * broker, so that a profile shows Millrace and nothing else.
 */

import { memoryLog, StreamsApp } from 'millrace'
import { inputRecords, loadInput, topicPrefix, USERS } from '../peers/inputs.ts'
import { topologyOf } from '../peers/millrace/topologies.ts'
import { pipelineNamed } from '../peers/pipelines.ts'
import type { PipelineRun } from './pipelines.ts'

const PARTITIONS = 4

export interface PeerPipelineRun extends PipelineRun {
  /** Records of all inputs. */
  readonly records: number
}

/**
 * Runs `p1` … `p8` once.
 *
 * @param records size of the comparison, as the peers' `--records`: pipelines of two inputs read a share of it from each
 */
export async function runPeerPipeline(name: string, records: number, cacheMaxBytes: number): Promise<PeerPipelineRun> {
  const { inputs } = pipelineNamed(name)
  const log = memoryLog()
  const shape = { records, batchRecords: 0, partitions: PARTITIONS, keys: USERS }
  for (const input of inputs) await loadInput(log, input, shape)
  await log.admin.createTopics([{ name: 'out', partitions: PARTITIONS }])
  globalThis.gc?.()
  const app = new StreamsApp(topologyOf(name, topicPrefix(shape), 'out'), {
    applicationId: 'bench',
    log,
    cacheMaxBytes,
    commitIntervalMs: 1000,
  })
  const all = inputRecords(inputs, shape)
  const cpu = process.cpuUsage()
  const start = performance.now()
  await app.start()
  const idle = await untilIdle(app, all)
  const beforeClose = process.cpuUsage()
  const closing = performance.now()
  await app.close()
  const seconds = (idle.at - start + performance.now() - closing) / 1000
  const micros = microsOf(idle.cpu) - microsOf(cpu) + microsOf(process.cpuUsage()) - microsOf(beforeClose)
  const outputs = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: 'out', partition }))
  const ends = await log.admin.listOffsets(outputs, 'latest')
  await log.close()
  const output = ends.reduce((sum, { offset }) => sum + offset, 0)
  return { records: all, seconds, cpuSeconds: micros / 1e6, output }
}

/** Waits until all inputs and what they led to in internal topics is processed; gives the moment of the last record. */
async function untilIdle(app: StreamsApp, inputs: number): Promise<{ at: number; cpu: NodeJS.CpuUsage }> {
  let processed = -1
  let last = { at: performance.now(), cpu: process.cpuUsage() }
  for (;;) {
    if (app.state === 'error') await app.finished
    const now = app.metrics().processed
    if (now !== processed) {
      processed = now
      last = { at: performance.now(), cpu: process.cpuUsage() }
    } else if (processed >= inputs && performance.now() - last.at > 2000) return last
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function microsOf({ user, system }: NodeJS.CpuUsage): number {
  return user + system
}
