/**
 * One measurement in a process of its own: `measure.ts <store> <workload> <folder>`; prints a line of JSON.
 */

import { readFileSync } from 'node:fs'
import { openStore, type StoreKind } from './open-store.ts'
import { WORKLOADS } from './workloads.ts'

const [, , kind, name, folder] = process.argv
const workload = WORKLOADS[name]
const { store, close } = await openStore(kind as StoreKind, folder, workload.segmented === true)
workload.prepare?.(store)
const cpuBefore = process.cpuUsage()
const { operations, seconds, longestWriteMs } = workload.run(store)
const cpu = process.cpuUsage(cpuBefore)
const status = readFileSync('/proc/self/status', 'utf8')
const mib = (field: string): number =>
  Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024)
await close()
const opening = process.cpuUsage()
const again = await openStore(kind as StoreKind, folder, workload.segmented === true)
const opened = process.cpuUsage(opening)
await again.close()
console.log(
  JSON.stringify({
    kPerSecond: operations / seconds / 1000,
    cpuMicros: (cpu.user + cpu.system) / operations,
    longestWriteMs,
    openCpuMs: (opened.user + opened.system) / 1000,
    ownMiB: mib('RssAnon'),
    mappedMiB: mib('RssFile'),
  }),
)
