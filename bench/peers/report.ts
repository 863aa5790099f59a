/**
 * `--report [FILES]`: puts the results in the files into the section "Peers" of `bench/README.md`, each with the machine and
 * the date, and draws those of many pipelines as SVG next to this file. What else is in that file stays.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Bar, barChart } from './chart.ts'
import type { PeerResult } from './peer-result.ts'
import { PIPELINES } from './pipelines.ts'
import type { Summary } from './summary.ts'
import { summaryText } from './tables.ts'

/** What is measured but throughput. */
export interface MeasuredFigures {
  readonly measure: string
  readonly machine: string
  readonly date: string
  readonly results: object
  /** The results as Markdown. */
  readonly table: string
}

const here = fileURLToPath(new URL('.', import.meta.url))
const README = `${here}../README.md`
const RESULTS = `${here}../../.tmp/bench/`
const BEGIN = '<!-- peers: written by npm run bench -- --report -->'
const END = '<!-- end of peers -->'
/** What is drawn, and what comes first. */
const DRAWN = ['claim', 'nexmark']

/** @throws Error if a file cannot be read, or there is none. */
export function writeReport(given: readonly string[]): void {
  const files = given.length > 0 ? given : resultFiles()
  if (files.length === 0) throw new Error(`no results in ${RESULTS}: run a profile or a measure first`)
  const found = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Summary | MeasuredFigures)
  const sections = found.toSorted((a, b) => rank(a) - rank(b)).map(section)
  writeFileSync(README, withSection(readFileSync(README, 'utf8'), `## Peers\n\n${sections.join('\n')}`))
}

/** The text with the report's section replaced, or added at the end. */
export function withSection(text: string, section: string): string {
  const from = text.indexOf(BEGIN)
  const to = text.indexOf(END)
  const marked = `${BEGIN}\n${section}\n${END}`
  if (from < 0 || to < 0) return `${text.trimEnd()}\n\n${marked}\n`
  return text.slice(0, from) + marked + text.slice(to + END.length)
}

function resultFiles(): string[] {
  if (!existsSync(RESULTS)) return []
  return readdirSync(RESULTS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => RESULTS + file)
}

function rank(result: Summary | MeasuredFigures): number {
  const name = 'measure' in result ? undefined : result.profile
  const index = DRAWN.indexOf(name ?? '')
  return index < 0 ? DRAWN.length : index
}

function section(result: Summary | MeasuredFigures): string {
  const where = `${result.date.slice(0, 10)}, ${result.machine}. Broker, peers and harness share the machine.`
  if ('measure' in result) return `### ${result.measure}\n\n${where}\n\n${result.table}\n`
  const name = result.profile ?? 'results'
  const shown = PIPELINES.filter((pipeline) => result.results.some((one) => one.pipeline === pipeline.name))
  const titles = shown.map((pipeline) => `- **${pipeline.name}** ${pipeline.title}`).join('\n')
  return [`### ${name}\n`, `${where}\n`, ...drawn(name, result), summaryText(result), `\n${titles}\n`].join('\n')
}

function drawn(name: string, { results }: Summary): string[] {
  if (!DRAWN.includes(name) || results.length === 0) return []
  const charts = [
    ['throughput', 'Records a second (longer is better)', results.map((one) => rateBar(one))],
    ['cpu', 'CPU a record, second half (shorter is better)', results.map((one) => cpuBar(one))],
  ] as const
  return charts.map(([what, title, bars]) => {
    writeFileSync(`${here}${name}-${what}.svg`, barChart(`${title}, ${name}`, bars))
    return `![${title}](peers/${name}-${what}.svg)\n`
  })
}

function rateBar({ pipeline, peer, recordsPerSecond }: PeerResult): Bar {
  return { group: pipeline, label: peer, value: recordsPerSecond, text: `${Math.round(recordsPerSecond / 1000)} k/s` }
}

function cpuBar({ pipeline, peer, cpuMicrosPerRecordWarm }: PeerResult): Bar {
  return {
    group: pipeline,
    label: peer,
    value: cpuMicrosPerRecordWarm,
    text: `${cpuMicrosPerRecordWarm.toFixed(2)} µs`,
  }
}
