/** Asks the framework itself, before anything is started, whether it can do what a run is about. No connection is made. */

import { StreamsApp } from 'millrace'
import { openLog } from './open-log.ts'
import type { ChaosOptions } from './options.ts'
import { openStateStores } from './state-stores.ts'

/** @throws Error that says what cannot be tested. */
export async function preflight({ log, guarantee, store }: ChaosOptions): Promise<void> {
  await openStateStores(store)
  const nowhere = (await openLog(log))({ brokers: '127.0.0.1:1' })
  new StreamsApp(new URL('./topology.ts', import.meta.url), {
    applicationId: 'preflight',
    log: nowhere,
    processingGuarantee: guarantee === 'exactly_once' ? 'exactly_once_v2' : 'at_least_once',
  })
  await nowhere.close()
}
