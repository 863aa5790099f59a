/**
 * An archive of a Kafka broker's loaded classes (class data sharing): a broker with it is there after a third of the CPU time,
 * which counts where brokers are killed and started again all the time. Made once by a broker that starts and stops, and kept
 * in the user's cache under a hash of class path and flags.
 */

import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const READY = /Kafka Server started/
const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'

/** @returns the flags that use the archive; none where it could not be made: it only saves time. */
export async function sharedClasses(classPath: string, jvm: readonly string[]): Promise<string[]> {
  const hash = createHash('sha256')
    .update([classPath, ...jvm].join(' '))
    .digest('hex')
    .slice(0, 16)
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace')
  const archive = join(cache, `kafka-classes-${hash}.jsa`)
  if (!existsSync(archive)) {
    mkdirSync(cache, { recursive: true })
    await make(archive, classPath, jvm).catch(() => {})
  }
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto'] : []
}

async function make(archive: string, classPath: string, jvm: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-classes-'))
  const partial = join(folder, 'classes.jsa')
  const properties = join(folder, 'broker.properties')
  const log4j = join(folder, 'log4j2.properties')
  const [client, controller] = [await freePort(), await freePort()]
  writeFileSync(properties, settings(folder, client, controller))
  writeFileSync(log4j, LOGGING)
  const java = [...jvm, `-Dlog4j2.configurationFile=${log4j}`, '-cp', classPath]
  try {
    await promisify(execFile)('java', [
      ...java,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      CLUSTER_ID,
      '-c',
      properties,
    ])
    const broker = spawn('java', [`-XX:ArchiveClassesAtExit=${partial}`, ...java, 'kafka.Kafka', properties], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = new Promise((resolve) => broker.once('exit', resolve))
    createInterface(broker.stdout).on('line', (line) => {
      if (READY.test(line)) broker.kill('SIGTERM')
    })
    const killer = setTimeout(() => broker.kill('SIGKILL'), 120_000)
    await ended
    clearTimeout(killer)
    renameSync(partial, archive)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function settings(folder: string, client: number, controller: number): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${client}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
log.cleaner.dedupe.buffer.size=33554432
`
}

const LOGGING = `status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %c{1} %m%n
rootLogger.level=error
rootLogger.appenderRef.out.ref=out
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
`
