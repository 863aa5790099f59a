/**
 * `npm run bench:patterns [-- --events 1000000] [--rounds 3] [--only sequence/event,loop/event/app-lmdb,one-key]`: ours beside Flink CEP 2.1 (`flink/`, built with
 * Maven the first time), over the same events, each measurement in a fresh process, Flink's before each of ours: A B A B. Equal
 * counts of matches are checked; a difference ends the run with 1. What is compared with what is said in README.md.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

interface Result {
  readonly outputs: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly heapBytes?: number
}

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})
const events = Number(values.events)
const rounds = Number(values.rounds)
const here = fileURLToPath(new URL('.', import.meta.url))
const jar = `${here}flink/target/peer.jar`
let unequal = 0

/** `--only` names parts, or what they begin with. */
function wanted(part: string): boolean {
  return values.only === undefined || values.only.split(',').some((only) => part.startsWith(only))
}

function output(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}${stdout}`)
}

function buildFlink(): void {
  const sources = `${here}flink/src/main/java/millrace/bench/`
  const newest = Math.max(...readdirSync(sources).map((file) => statSync(sources + file).mtimeMs))
  if (!existsSync(jar) || statSync(jar).mtimeMs < newest) output('mvn', ['-q', '-B', 'package'], `${here}flink`)
}

function flink(what: string, workload: string, n: number): Result {
  return JSON.parse(output('java', ['-XX:+UseSerialGC', '-jar', jar, what, workload, String(n)], here))
}

function ours(what: string, workload: string, n: number): Result {
  const flags = ['--conditions=millrace-source', '--expose-gc']
  return JSON.parse(output(process.execPath, [...flags, 'measure.ts', what, workload, String(n)], here))
}

function median(results: readonly Result[], of: (result: Result) => number): number {
  return results.map(of).toSorted((a, b) => a - b)[results.length >> 1]
}

function check(title: string, expected: number, found: number): void {
  if (expected === found) return
  unequal++
  console.log(`${title}: ${found} matches, Flink ${expected}`)
}

const k = (n: number, seconds: number): string => `${(n / seconds / 1000).toFixed(0)} k`

function throughput(): void {
  if (values.only === 'one-key') return
  console.log('| workload | Flink events/s | Flink CPU µs | ours | events/s | CPU µs | × events/s | × CPU |')
  console.log('|---|---:|---:|---|---:|---:|---:|---:|')
  for (const time of ['event', 'processing']) {
    for (const workload of ['sequence', 'loop']) {
      const all = time === 'event' ? ['matcher-event', 'app-memory', 'app-lmdb'] : ['matcher-processing']
      const kinds = all.filter((kind) => wanted(`${workload}/${time}/${kind}`))
      if (kinds.length === 0) continue
      const theirs: Result[] = []
      const own = new Map<string, Result[]>(kinds.map((kind) => [kind, []]))
      for (let round = 0; round < rounds; round++) {
        for (const kind of kinds) {
          const peer = flink(time, workload, events)
          const mine = ours(kind, workload, events)
          // By the wall clock, a window may end in one of them and not in the other if a run takes 20 s.
          const comparable = time === 'event' || Math.max(peer.seconds, mine.seconds) < 20
          if (comparable) check(`${workload}, ${kind}`, peer.outputs, mine.outputs)
          theirs.push(peer)
          own.get(kind)?.push(mine)
        }
      }
      const wall = median(theirs, (result) => result.seconds)
      const cpu = median(theirs, (result) => result.cpuSeconds)
      for (const [kind, results] of own) {
        const mine = median(results, (result) => result.seconds)
        const cpuMine = median(results, (result) => result.cpuSeconds)
        const micros = (seconds: number): string => ((seconds / events) * 1e6).toFixed(1)
        console.log(
          `| ${workload}, ${time} time | ${k(events, wall)} | ${micros(cpu)} | ${kind} | ${k(events, mine)} | ` +
            `${micros(cpuMine)} | ${(wall / mine).toFixed(1)} | ${(cpu / cpuMine).toFixed(1)} |`,
        )
      }
    }
  }
}

function oneKey(): void {
  console.log('\n| on one key | n | matches | Flink s (CPU s) | ours s (CPU s) |')
  console.log('|---|---:|---:|---:|---:|')
  for (const [workload, n, withFlink] of [
    ['live-runs', 1000, true],
    ['live-runs', 4000, true],
    ['live-runs', 100_000, false],
    ['combinations', 12, true],
    ['combinations', 14, true],
  ] as const) {
    const peer = withFlink ? flink('one-key', workload, n) : undefined
    const mine = ours('one-key', workload, n)
    if (peer !== undefined) check(`${workload} ${n}`, peer.outputs, mine.outputs)
    const shown = (result: Result | undefined): string =>
      result === undefined ? '' : `${result.seconds.toFixed(2)} (${result.cpuSeconds.toFixed(2)})`
    console.log(`| ${workload} | ${n} | ${mine.outputs} | ${shown(peer)} | ${shown(mine)} |`)
  }
  const { heapBytes = 0 } = ours('one-key', 'memory', 100_000)
  console.log(
    `\nA live run takes ${(heapBytes / 100_000).toFixed(0)} bytes of heap, its event of three numbers included.`,
  )
}

buildFlink()
console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ` +
    `${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0].toFixed(1)}, ${events} events, ${rounds} rounds, medians\n`,
)
throughput()
if (wanted('one-key')) oneKey()
console.log(unequal === 0 ? '\nall counts equal' : `\n${unequal} counts differ`)
process.exitCode = unequal === 0 ? 0 : 1
