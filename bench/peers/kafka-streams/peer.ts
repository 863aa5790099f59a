/** Kafka Streams as a peer: its program is built by Maven when it is older than its sources. */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Peer } from '../peer.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const SOURCES = `${here}src/main/java/bench/`

export function kafkaStreams(pipelines: readonly string[]): Peer {
  const [, version] = /<kafka.version>(.*)<\/kafka.version>/.exec(readFileSync(`${here}pom.xml`, 'utf8')) ?? []
  return {
    name: 'kafka-streams',
    version,
    pipelines,
    slow: [],
    full: true,
    progress: 'group',
    ownPartitions: [],
    async prepare() {
      const jar = `${here}target/peer.jar`
      const sources = [`${here}pom.xml`, ...readdirSync(SOURCES).map((file) => SOURCES + file)]
      if (existsSync(jar) && sources.every((file) => statSync(file).mtimeMs < statSync(jar).mtimeMs)) return
      const { status, stdout, stderr } = spawnSync('mvn', ['-q', '-B', 'package'], { cwd: here, encoding: 'utf8' })
      if (status !== 0) throw new Error(`mvn package failed in ${here}: ${stderr}${stdout}`)
    },
    command: (run) => ({
      program: 'java',
      parameters: ['-Xmx1g', '-cp', `${here}target/peer.jar:${here}target/lib/*`, 'bench.Peer', JSON.stringify(run)],
    }),
  }
}
