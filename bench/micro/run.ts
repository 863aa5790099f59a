/**
 * `npm run bench:micro [-- filter]`: measures the parts of the record path, and the whole on the embedded log, and prints
 * tables in the form of bench/README.md. `filter` is a part of a heading or name.
 */

import { cpus } from 'node:os'
import { codec } from './codec.ts'
import { Suite } from './measurement.ts'
import { operators } from './operators.ts'
import { pipelines } from './pipelines.ts'
import { serdes } from './serdes.ts'
import { stores } from './stores.ts'

const suite = new Suite(process.argv[2] ?? '')
console.log(`${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpus()[0].model}`)
await codec(suite)
await serdes(suite)
await stores(suite)
await operators(suite)
await pipelines(suite)
if (suite.results.length === 0) {
  console.error(`nothing is called "${process.argv[2]}"`)
  process.exitCode = 2
}
