/**
 * `node --conditions=millrace-source bench/driver/run.ts [records] [rounds]`: our test driver with its defaults against
 * Kafka Streams' own, side by side: in each round each topology runs once in each, in fresh processes, warmed up first.
 * Kafka Streams runs twice: with its defaults (RocksDB) and at its fastest (stores in memory, no cache).
 *
 * Equal output is checked by count and checksum of every key, value and timestamp; a difference ends the run with 1.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

const TOPOLOGIES = ['count', 'windowed-count', 'join']
const PEERS = ['millrace', 'Kafka Streams', 'Kafka Streams, in memory'] as const

type Peer = (typeof PEERS)[number]

interface Pass {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly outputs: number
  readonly checksum: number
}

const here = fileURLToPath(new URL('.', import.meta.url))
const records = Number(process.argv[2] ?? 200_000)
const rounds = Number(process.argv[3] ?? 3)

function output(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}${stdout}`)
}

function buildJava(): void {
  const jar = `${here}java/target/driver.jar`
  const source = `${here}java/src/main/java/bench/Driver.java`
  if (existsSync(jar) && statSync(jar).mtimeMs > statSync(source).mtimeMs) return
  output('mvn', ['-q', '-B', 'package'], `${here}java`)
}

function pass(peer: Peer, topology: string): Pass {
  if (peer === 'millrace') {
    const flags = ['--conditions=millrace-source', '--expose-gc']
    return JSON.parse(output(process.execPath, [...flags, 'millrace.ts', topology, String(records)], here))
  }
  const stores = peer === 'Kafka Streams' ? 'rocksdb' : 'memory'
  const flags = ['-Xmx1g', '-cp', 'target/driver.jar:target/lib/*', 'bench.Driver']
  return JSON.parse(output('java', [...flags, topology, String(records), stores], `${here}java`))
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

buildJava()
const passes = new Map<string, Pass[]>()
let unequal = 0
for (let round = 0; round < rounds; round++) {
  for (const topology of TOPOLOGIES) {
    const expected = new Set<string>()
    for (const peer of PEERS) {
      const result = pass(peer, topology)
      const key = `${topology}/${peer}`
      passes.set(key, [...(passes.get(key) ?? []), result])
      expected.add(`${result.outputs}/${result.checksum}`)
    }
    if (expected.size > 1) {
      unequal++
      console.error(`${topology}: results differ: ${[...expected].join(' and ')}`)
    }
  }
}

const java = output('java', ['--version'], here).split('\n')[0]
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0].model}, Node ${process.version}, ${java}; ` +
    `${records} records, median of ${rounds} rounds, results ${unequal === 0 ? 'equal' : 'NOT equal'}\n`,
)
console.log('| topology | driver | records/s | CPU µs/record | millrace is faster by, records/s (min–max) | CPU |')
console.log('|---|---|---:|---:|---:|---:|')
for (const topology of TOPOLOGIES) {
  const ours = passes.get(`${topology}/millrace`) ?? []
  for (const peer of PEERS) {
    const theirs = passes.get(`${topology}/${peer}`) ?? []
    const rate = median(theirs.map(({ seconds }) => records / seconds))
    const cpu = median(theirs.map(({ cpuSeconds }) => (cpuSeconds / records) * 1e6))
    const ratios = theirs.map(({ seconds }, round) => seconds / ours[round].seconds)
    const cpuRatio = median(theirs.map(({ cpuSeconds }, round) => cpuSeconds / ours[round].cpuSeconds))
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`
    const faster = peer === 'millrace' ? '| |' : `${median(ratios).toFixed(2)} (${spread}) | ${cpuRatio.toFixed(2)} |`
    console.log(`| ${topology} | ${peer} | ${Math.round(rate).toLocaleString('en')} | ${cpu.toFixed(1)} | ${faster}`)
  }
}
if (unequal > 0) process.exitCode = 1
