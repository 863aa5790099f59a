/**
 * The byte stores side by side: `bench/stores/run.ts [--repeats 3] [--workloads rmw-100k,ranges]`. Each measurement is a
 * process of its own, stores by turns; the table shows medians. On a busy machine only CPU time can be compared.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { STORES, type StoreKind } from './open-store.ts'
import { WORKLOADS } from './workloads.ts'

interface Result {
  readonly kPerSecond: number
  readonly cpuMicros: number
  readonly longestWriteMs: number
  /** Opening it again after a clean close: CPU time. */
  readonly openCpuMs: number
  readonly ownMiB: number
  readonly mappedMiB: number
}

const { values } = parseArgs({
  options: {
    repeats: { type: 'string', default: '3' },
    workloads: { type: 'string', default: Object.keys(WORKLOADS).join(',') },
  },
})
const workloads = values.workloads.split(',')
const repeats = Number(values.repeats)

function measure(kind: StoreKind, workload: string): Result {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-stores-'))
  try {
    const script = fileURLToPath(new URL('./measure.ts', import.meta.url))
    const line = execFileSync(process.execPath, ['--conditions=millrace-source', script, kind, workload, folder])
    return JSON.parse(line.toString())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}

console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ` +
    `${Math.round(totalmem() / 2 ** 30)} GiB, ${repeats} runs each, medians\n`,
)
console.log(
  '| workload | store | k operations/s | CPU µs/operation | longest commit ms | open again CPU ms | own MiB | mapped file MiB |',
)
console.log('|---|---|---|---|---|---|---|---|')
for (const name of workloads) {
  const { title } = WORKLOADS[name]
  const results: Record<string, Result[]> = {}
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const kind of STORES) {
      results[kind] ??= []
      results[kind].push(measure(kind, name))
    }
  }
  for (const kind of STORES) {
    const of = (field: keyof Result): number => median(results[kind].map((result) => result[field]))
    console.log(
      `| ${title} | ${kind} | ${of('kPerSecond').toFixed(0)} | ${of('cpuMicros').toFixed(1)} | ` +
        `${of('longestWriteMs').toFixed(0)} | ${of('openCpuMs').toFixed(0)} | ${of('ownMiB')} | ${of('mappedMiB')} |`,
    )
  }
}
