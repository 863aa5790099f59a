/**
 * How each worker runs the topology, in this process or in one of its own.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StreamsApp } from 'millrace'
import type { Log } from 'millrace/log'

/** The topology module for a prefix: workers load it by this URL. */
export function topologyUrl(prefix: string): URL {
  const url = new URL('./topology.ts', import.meta.url)
  url.searchParams.set('prefix', prefix)
  return url
}

/** @param worker its number: processes on one machine each have a state directory */
export function createApp(log: Log, applicationId: string, prefix: string, worker: number): StreamsApp {
  return new StreamsApp(topologyUrl(prefix), {
    applicationId,
    log,
    stateDir: join(tmpdir(), 'millrace-flight-delays', `worker-${worker}`),
    commitIntervalMs: 200,
    // Short, so that the tasks of a killed worker move on soon. 6 s is the least that Kafka allows by default.
    sessionTimeoutMs: 6000,
    heartbeatIntervalMs: 1000,
  })
}
