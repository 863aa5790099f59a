/**
 * Known bugs, planted one at a time to see that the simulator finds them: each is a mistake in the order or the fencing of
 * port calls, made between the runtime and its ports, so that production code carries no switch for it.
 */

import type { Log } from 'millrace/log'
import type { Random } from './random.ts'
import type { DiskFlaws } from './sim-disk.ts'

export type PlantedBug = never

export function plant(log: Log, bug: PlantedBug | undefined, _random: Random): Log {
  return bug === undefined ? log : log
}

export function plantedDiskFlaws(_bug: PlantedBug | undefined): DiskFlaws {
  return {}
}
