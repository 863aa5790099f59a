/**
 * `npm run bench -- --help`: the same pipelines on the same broker by Millrace and its peers, in turn, with equal results.
 * Exit code 1 if a peer's result is wrong.
 */

import { writeFileSync } from 'node:fs'
import { kafkaLog } from '@millrace/kafka'
import { kafkaBroker } from '@millrace/testing'
import type { Log } from 'millrace/log'
import { type InputName, loadInput } from './inputs.ts'
import { latency, latencyTable } from './latency.ts'
import { type MeasuredRun, measuredRun } from './measured-run.ts'
import { type BenchOptions, parseOptions, USAGE } from './options.ts'
import { peerNamed } from './peers.ts'
import { pipelineNamed } from './pipelines.ts'
import { writeReport } from './report.ts'
import { type PipelineRuns, summarise, table } from './summary.ts'

/** What the broker of a bench must not do meanwhile: delete changelog segments because their events are old. */
const BROKER_SETTINGS = {
  'log.retention.check.interval.ms': '86400000',
  'group.initial.rebalance.delay.ms': '0',
  'socket.send.buffer.bytes': '-1',
  'socket.receive.buffer.bytes': '-1',
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function load(log: Log, options: BenchOptions): Promise<void> {
  const inputs = new Set<InputName>(options.pipelines.flatMap((name) => pipelineNamed(name).inputs))
  for (const name of inputs) {
    const start = performance.now()
    await loadInput(log, name, options)
    say(`loaded ${name} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  }
}

async function runPipeline(log: Log, brokers: string, name: string, options: BenchOptions): Promise<PipelineRuns> {
  const pipeline = pipelineNamed(name)
  const runs = new Map<string, MeasuredRun[]>()
  const failures = new Map<string, string>()
  for (let round = 0; round < options.repeats; round++) {
    for (const peer of options.peers.map(peerNamed)) {
      if (!peer.pipelines.includes(name) || failures.has(peer.name)) continue
      if (round > 0 && options.once.includes(peer.name)) continue
      try {
        const run = await measuredRun(log, brokers, peer, pipeline, options)
        runs.set(peer.name, [...(runs.get(peer.name) ?? []), run])
        const micros = `${run.cpuMicrosPerRecord.toFixed(2)} µs, second half ${run.cpuMicrosPerRecordWarm.toFixed(2)}`
        say(`${name} ${peer.name} #${round + 1}: ${run.recordsPerSecond} records/s, ${micros}, ${run.peakRssMiB} MiB`)
      } catch (error) {
        failures.set(peer.name, error instanceof Error ? error.message : String(error))
        say(`${name} ${peer.name} #${round + 1} failed: ${failures.get(peer.name)}`)
      }
    }
  }
  return { pipeline: name, runs, failures }
}

async function bench(options: BenchOptions): Promise<void> {
  for (const name of options.peers) await peerNamed(name).prepare()
  await using broker = await kafkaBroker({ settings: BROKER_SETTINGS, source: 'jvm' })
  if (broker === undefined) throw new Error('the bench needs a Kafka broker')
  const log = kafkaLog({ brokers: broker.brokers })
  if (options.latency !== undefined) {
    const results = await latency(log, broker.brokers.join(','), options.latency, options)
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`)
    console.log(latencyTable(results))
    await log.close()
    return
  }
  await load(log, options)
  const all: PipelineRuns[] = []
  for (const name of options.pipelines) {
    all.push(await runPipeline(log, broker.brokers.join(','), name, options))
    const summary = summarise(all, options)
    // After each pipeline, so that a long bench that is ended early has not been for nothing.
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(summary, null, 2)}\n`)
  }
  await log.close()
  const summary = summarise(all, options)
  console.log(`${summary.date}, ${summary.machine}\n\n${table(summary)}`)
  if (summary.wrong.length > 0) process.exitCode = 1
}

const parameters = process.argv.slice(2)
if (parameters.includes('--help')) console.log(USAGE)
else if (parameters[0] === '--report') writeReport(parameters[1])
else await bench(parseOptions(parameters))
