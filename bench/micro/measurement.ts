/**
 * Measures one operation on mitata and counts it in records: what an iteration handles is divided out, so that batches of
 * one and of a thousand records are compared alike.
 *
 * Time is CPU time of the whole process, collector's threads included, and the number is the median iteration: on a shared
 * machine the wall clock and the mean belong to the neighbours.
 */

import { measure } from 'mitata'

export interface Measurement {
  readonly group: string
  readonly name: string
  /** Median CPU time of one record (or operation), µs. */
  readonly micros: number
  readonly perSecond: number
}

export class Suite {
  readonly results: Measurement[] = []
  readonly #filter: string
  #group = ''

  /** @param filter only groups and names that contain it are run */
  constructor(filter: string) {
    this.#filter = filter
  }

  /** Runs the measurements in `body` under a heading. */
  async group(name: string, body: () => Promise<void>): Promise<void> {
    this.#group = name
    await body()
  }

  wants(name: string): boolean {
    return `${this.#group} ${name}`.includes(this.#filter)
  }

  /** Measures `run`, which handles `records` records each time. */
  async measure(name: string, records: number, run: () => unknown): Promise<void> {
    if (!this.wants(name)) return
    const { p50 } = await measure(run, { now: cpuNanos, inner_gc: false, min_cpu_time: 400e6 })
    const micros = p50 / 1000 / records
    this.add({ name, micros, perSecond: 1e6 / micros })
  }

  add(measurement: Omit<Measurement, 'group'>): void {
    const { name, micros, perSecond } = measurement
    if (!this.results.some(({ group }) => group === this.#group)) {
      console.log(`\n### ${this.#group}\n\n| | CPU µs | per CPU second |\n|---|---:|---:|`)
    }
    console.log(`| ${name} | ${micros.toFixed(micros < 0.1 ? 4 : 3)} | ${short(perSecond)} |`)
    this.results.push({ ...measurement, group: this.#group })
  }
}

function cpuNanos(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}

/** 1,234,567 as `1.23 M`. */
export function short(count: number): string {
  return count >= 1e6 ? `${(count / 1e6).toFixed(2)} M` : `${Math.round(count / 1e3)} k`
}
