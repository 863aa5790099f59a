/**
 * `npm run bench -- --help`: the same pipelines on the same broker by Millrace and its peers, in turn, with equal results.
 * Exit code 1 if a peer's result is wrong.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { kafkaLog } from '@millrace/kafka'
import { kafkaBroker } from '@millrace/testing'
import type { Log } from 'millrace/log'
import { type BenchOptions, TWINS } from './bench-options.ts'
import { type InputName, type InputShape, loadInput, topicPrefix } from './inputs.ts'
import { latency, latencyTable } from './latency.ts'
import { machine } from './machine.ts'
import { type MeasuredRun, measuredRun } from './measured-run.ts'
import { type BenchCommand, type Measure, parseOptions, USAGE } from './options.ts'
import type { Peer } from './peer.ts'
import { REFERENCE } from './peer-result.ts'
import { peerNamed } from './peers.ts'
import { type Pipeline, pipelineNamed } from './pipelines.ts'
import { rebalance, rebalanceTable } from './rebalance.ts'
import { type MeasuredFigures, writeReport } from './report.ts'
import { startUp, startUpTable } from './start-up.ts'
import { type PipelineRuns, summarise } from './summary.ts'
import { summaryText } from './tables.ts'

/** What the broker of a bench must not do meanwhile: delete changelog segments because their events are old, or clean. */
const BROKER_SETTINGS = {
  'log.retention.check.interval.ms': '86400000',
  // A cleaned changelog could not be counted, and cleaning would take time from whoever runs meanwhile.
  'log.cleaner.enable': 'false',
  'group.initial.rebalance.delay.ms': '0',
  'socket.send.buffer.bytes': '-1',
  'socket.receive.buffer.bytes': '-1',
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** The inputs a broker has: each is loaded once. */
class Inputs {
  readonly #loaded = new Set<string>()

  async load(log: Log, names: readonly InputName[], shape: InputShape): Promise<void> {
    for (const name of names) {
      const topic = topicPrefix(shape) + name
      if (this.#loaded.has(topic)) continue
      this.#loaded.add(topic)
      const start = performance.now()
      await loadInput(log, name, shape)
      say(`loaded ${topic} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
    }
  }
}

/** What a peer is given of the input, and its commit interval. */
function optionsFor(peer: Peer, pipeline: string, options: BenchOptions): BenchOptions {
  const { slowRecords, ownCommitMs } = options
  if (peer.name === 'millrace') return { ...options, commitMs: ownCommitMs ?? options.commitMs }
  const cut = slowRecords !== undefined && slowRecords < options.records && peer.slow.includes(pipeline)
  return cut ? { ...options, records: slowRecords } : options
}

function takesPart(peer: Peer, pipeline: string, { guarantee, threads, cacheBytes }: BenchOptions): boolean {
  if (!peer.pipelines.includes(pipeline)) return false
  return peer.full || (guarantee === 'at_least_once' && threads === 1 && cacheBytes > 0)
}

interface Bench {
  readonly log: Log
  readonly brokers: string
  readonly inputs: Inputs
}

async function runPipeline(bench: Bench, name: string, options: BenchOptions): Promise<PipelineRuns> {
  const pipeline = pipelineNamed(name)
  const runs = new Map<string, MeasuredRun[]>()
  const failures = new Map<string, string>()
  const one = async (peer: Peer): Promise<MeasuredRun> => {
    const own = optionsFor(peer, name, options)
    await bench.inputs.load(bench.log, pipeline.inputs, own)
    return measuredRun(bench.log, bench.brokers, peer, pipeline, own)
  }
  const peers = options.peers.map(peerNamed).filter((peer) => takesPart(peer, name, options))
  for (let round = 0; round < options.repeats; round++) {
    for (const peer of peers) {
      if (failures.has(peer.name) || (round > 0 && options.othersOnce && !TWINS.includes(peer.name))) continue
      try {
        const run = await one(peer)
        runs.set(peer.name, [...(runs.get(peer.name) ?? []), run])
        const micros = `${run.cpuMicrosPerRecord.toFixed(2)} µs, second half ${run.cpuMicrosPerRecordWarm.toFixed(2)}`
        say(`${name} ${peer.name} #${round + 1}: ${run.recordsPerSecond} records/s, ${micros}, ${run.peakRssMiB} MiB`)
      } catch (error) {
        failures.set(peer.name, error instanceof Error ? error.message : String(error))
        say(`${name} ${peer.name} #${round + 1} failed: ${failures.get(peer.name)}`)
      }
    }
  }
  return { pipeline: name, options, runs, failures, references: await references(bench, pipeline, options, peers) }
}

/** Who is given less of the input than the reference needs a result of the reference to be compared with. */
async function references(
  { log, brokers }: Bench,
  pipeline: Pipeline,
  options: BenchOptions,
  peers: readonly Peer[],
): Promise<MeasuredRun[]> {
  const cut = peers
    .map((peer) => optionsFor(peer, pipeline.name, options))
    .find(({ records }) => records < options.records)
  if (cut === undefined) return []
  const peer = peers.find(({ name }) => name === REFERENCE) ?? peers[0]
  return [await measuredRun(log, brokers, peer, pipeline, cut)]
}

async function throughput(bench: Bench, { variants, profile, json }: BenchCommand): Promise<void> {
  const all: PipelineRuns[] = []
  for (const options of variants) {
    for (const name of options.pipelines) {
      all.push(await runPipeline(bench, name, options))
      // After each pipeline, so that a long bench that is ended early has not been for nothing.
      if (json !== undefined) write(json, summarise(all, profile))
    }
  }
  const summary = summarise(all, profile)
  console.log(`${summary.date}, ${summary.machine}\n\n${summaryText(summary)}`)
  const unequal = summary.terms.some(({ verdict }) => verdict === 'NOT EQUAL')
  if (summary.wrong.length > 0 || unequal) process.exitCode = 1
}

async function measured(
  { log, brokers }: Bench,
  measure: Measure,
  { variants, rate, json }: BenchCommand,
): Promise<void> {
  const [options] = variants
  const { results, table } = await MEASURERS[measure](log, brokers, rate, options)
  const figures: MeasuredFigures = { measure, machine: machine(), date: new Date().toISOString(), results, table }
  write(json ?? `.tmp/bench/${measure}.json`, figures)
  console.log(`${figures.date}, ${figures.machine}\n\n${table}`)
}

type Measurer = (
  log: Log,
  brokers: string,
  rate: number,
  options: BenchOptions,
) => Promise<{ results: object; table: string }>

const MEASURERS: Readonly<Record<Measure, Measurer>> = {
  latency: async (log, brokers, rate, options) => {
    const results = await latency(log, brokers, rate, options)
    return { results, table: latencyTable(results) }
  },
  rebalance: async (log, brokers, _rate, options) => {
    const results = await rebalance(log, brokers, options)
    return { results, table: rebalanceTable(results) }
  },
  'start-up': async (log, brokers, _rate, options) => {
    const results = await startUp(log, brokers, options)
    return { results, table: startUpTable(results) }
  },
}

function write(file: string, value: object): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
}

async function bench(command: BenchCommand): Promise<void> {
  for (const name of new Set(command.variants.flatMap(({ peers }) => peers))) await peerNamed(name).prepare()
  await using broker = await kafkaBroker({ settings: BROKER_SETTINGS, source: 'jvm' })
  if (broker === undefined) throw new Error('the bench needs a Kafka broker')
  const log = kafkaLog({ brokers: broker.brokers })
  const all = { log, brokers: broker.brokers.join(','), inputs: new Inputs() }
  if (command.measures.length === 0) await throughput(all, command)
  for (const measure of command.measures) await measured(all, measure, command)
  await log.close()
}

const parameters = process.argv.slice(2)
if (parameters.includes('--help')) console.log(USAGE)
else if (parameters[0] === '--report') writeReport(parameters.slice(1))
else await bench(parseOptions(parameters))
