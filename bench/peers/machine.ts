/** The machine in one line, for whoever reads the numbers elsewhere. */

import { spawnSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'

let line: string | undefined

export function machine(): string {
  line ??= describe()
  return line
}

function describe(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  // Java writes its version on stderr.
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const [, java] = /"(.*?)"/.exec(stderr ?? '') ?? []
  return `${cpus().length} × ${cpus()[0].model}, ${memory} GB, Node ${process.version}, Java ${java ?? 'none'}`
}
