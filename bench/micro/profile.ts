/**
 * `node --conditions=millrace-source --cpu-prof --cpu-prof-dir=.tmp bench/micro/profile.ts P2 [records] [runs]`: one pipeline
 * and nothing else, for a CPU profile. `frames.ts` prints the top frames of what it writes.
 */

import { PIPELINES, runPipeline } from './pipelines.ts'

const [filter = 'P1', records = '500000', runs = '3'] = process.argv.slice(2)
const pipeline = PIPELINES.find(({ name }) => name.includes(filter))
if (pipeline === undefined) throw new Error(`no pipeline ${filter}: ${PIPELINES.map(({ name }) => name).join('; ')}`)
for (let run = 0; run < Number(runs); run++) {
  const { seconds, cpuSeconds, output } = await runPipeline(pipeline, Number(records))
  const micros = (cpuSeconds / Number(records)) * 1e6
  console.error(`${pipeline.name}: ${seconds.toFixed(2)} s, ${micros.toFixed(2)} CPU µs/record, ${output} records out`)
}
