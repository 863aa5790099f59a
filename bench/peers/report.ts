/**
 * `--report FILE`: draws results as SVG next to this file and puts them, with the table, the machine and the date, into the
 * section "Peers" of `bench/README.md`. What else is in that file stays.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Bar, barChart } from './chart.ts'
import { PIPELINES } from './pipelines.ts'
import { type PeerResult, type Summary, table } from './summary.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const README = `${here}../README.md`
const BEGIN = '<!-- peers: written by npm run bench -- --report -->'
const END = '<!-- end of peers -->'

/** @throws Error if the file cannot be read. */
export function writeReport(file: string = `${here}results.json`): void {
  const summary = JSON.parse(readFileSync(file, 'utf8')) as Summary
  const perSecond = (result: PeerResult): Bar => bar(result, result.recordsPerSecond / 1000, 'k/s', 0)
  const cpu = (result: PeerResult): Bar => bar(result, result.cpuMicrosPerRecordWarm, 'µs', 2)
  writeFileSync(
    `${here}throughput.svg`,
    barChart('Records a second (longer is better)', summary.results.map(perSecond)),
  )
  writeFileSync(`${here}cpu.svg`, barChart('CPU a record, second half (shorter is better)', summary.results.map(cpu)))
  const old = existsSync(README) ? readFileSync(README, 'utf8') : `# Benchmarks\n\n${BEGIN}\n${END}\n`
  const section = `${BEGIN}\n${sectionOf(summary)}\n${END}`
  const from = old.indexOf(BEGIN)
  const to = old.indexOf(END)
  const text = from < 0 || to < 0 ? `${old}\n${section}\n` : old.slice(0, from) + section + old.slice(to + END.length)
  writeFileSync(README, text)
}

function bar({ pipeline, peer }: PeerResult, value: number, unit: string, digits: number): Bar {
  return { group: pipeline, label: peer, value, text: `${value.toFixed(digits)} ${unit}` }
}

function sectionOf(summary: Summary): string {
  const { machine, date, results } = summary
  const [{ guarantee, threads, commitMs, cacheBytes, runs }] = results
  const cache = cacheBytes === 0 ? 'record caches off' : `record caches of ${cacheBytes / 2 ** 20} MiB`
  const terms = `${guarantee}, ${threads} thread${threads > 1 ? 's' : ''}, commit every ${commitMs} ms, ${cache}`
  const shown = PIPELINES.filter(({ name }) => results.some(({ pipeline }) => pipeline === name))
  return [
    '## Peers',
    '',
    `${date.slice(0, 10)}, ${machine}; ${terms}; median of ${runs.length}. Broker, peers and harness share the machine.`,
    '',
    '![Records a second](peers/throughput.svg)',
    '',
    '![CPU a record](peers/cpu.svg)',
    '',
    table(summary),
    '',
    shown.map(({ name, title }) => `- **${name}** ${title}`).join('\n'),
    '',
  ].join('\n')
}
