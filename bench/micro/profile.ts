/**
 * `node --conditions=millrace-source --cpu-prof --cpu-prof-dir=.tmp bench/micro/profile.ts P2 [records] [runs] [cache]`: one
 * pipeline and nothing else, for a CPU profile; `p1` … `p8` are the peers' ones, `cache` their record cache in bytes.
 * `frames.ts` prints the top frames of what it writes.
 */

import { runPeerPipeline } from './peer-pipeline.ts'
import { PIPELINES, runPipeline } from './pipelines.ts'

const [filter = 'P1', records = '500000', runs = '3', cache = String(10 * 1024 * 1024)] = process.argv.slice(2)
const pipeline = PIPELINES.find(({ name }) => name.includes(filter))
for (let run = 0; run < Number(runs); run++) {
  if (pipeline === undefined) {
    const ran = await runPeerPipeline(filter, Number(records), Number(cache))
    report(filter, ran.records, ran)
  } else report(pipeline.name, Number(records), await runPipeline(pipeline, Number(records)))
}

function report(
  name: string,
  read: number,
  { seconds, cpuSeconds, output }: { seconds: number; cpuSeconds: number; output: number },
): void {
  const micros = (cpuSeconds / read) * 1e6
  console.error(`${name}: ${seconds.toFixed(2)} s, ${micros.toFixed(2)} CPU µs/record, ${output} records out`)
}
