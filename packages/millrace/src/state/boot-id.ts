/**
 * Which run of the operating system this is: what was written before it and not forced to the disk may be gone or torn.
 */

import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { systemClock } from '../record/clock.ts'

let known: string | undefined

/** The same for every process until the machine restarts. Where the system has no such id, the minute it started. */
export function bootId(): string {
  known ??= read()
  return known
}

function read(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return `started-${Math.round((systemClock().now() / 1000 - uptime()) / 60)}`
  }
}
