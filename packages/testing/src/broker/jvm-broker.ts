/**
 * Apache Kafka as one JVM process in KRaft combined mode, from Maven's artifacts.
 *
 * The JVM is the child of a shell that reads a pipe from this process: when this process ends, however it ends, the pipe
 * closes, the shell kills the JVM and removes the data directory. So nothing is left behind even after kill -9.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { TEST_BROKER_SETTINGS } from './broker-settings.ts'
import type { BrokerAttempt, KafkaBroker, KafkaBrokerOptions } from './kafka-broker.ts'
import { answers, brokerPom, mavenClasspath } from './maven-classpath.ts'

const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'
const READY = /Kafka Server started/
const HEAP = ['-Xmx512m', '-Xms128m']

/**
 * Runs "$@" until it ends or this script's stdin closes; removes "$0" at the end. Descriptor 3 is the caller's pipe. Its own
 * output goes nowhere: it must not die of the caller's closed pipes before it has cleaned up.
 */
const GUARD = `
exec 3<&0
"$@" </dev/null & child=$!
exec >/dev/null 2>&1
( cat <&3 >/dev/null; kill -9 $child 2>/dev/null ) & guard=$!
trap 'kill -9 $child 2>/dev/null' TERM INT HUP
wait $child; status=$?
rm -rf "$0"
exit $status`

export async function jvmBroker(options: KafkaBrokerOptions): Promise<BrokerAttempt> {
  const pom = brokerPom()
  if (pom === undefined) return { unavailable: 'test/kafka/pom.xml is not above this package' }
  if (!(await answers('java', '-version'))) return { unavailable: '`java -version` does not answer' }
  if (!(await answers('mvn', '-version'))) return { unavailable: '`mvn -version` does not answer' }
  const classpath = await mavenClasspath(pom)
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-'))
  const port = options.port ?? (await freePort())
  const properties = writeSettings(folder, port, await freePort(), options.settings ?? {})
  const java = ['java', ...HEAP, `-Dlog4j2.configurationFile=${writeLogging(folder)}`, '-cp', classpath]
  await format(java, properties)
  return { broker: await start(folder, [...java, 'kafka.Kafka', properties], port, options) }
}

function writeSettings(
  folder: string,
  port: number,
  controllerPort: number,
  more: Readonly<Record<string, string>>,
): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    ...TEST_BROKER_SETTINGS,
    ...more,
  }
  const file = join(folder, 'server.properties')
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  return file
}

function writeLogging(folder: string): string {
  const file = join(folder, 'log4j2.properties')
  const lines = [
    'status = error',
    'appender.out.type = Console',
    'appender.out.name = out',
    'appender.out.layout.type = PatternLayout',
    'appender.out.layout.pattern = %d %p %c{1} %m%n',
    'rootLogger.level = warn',
    'rootLogger.appenderRef.out.ref = out',
    'logger.server.name = kafka.server.KafkaRaftServer',
    'logger.server.level = info',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

function format(java: string[], properties: string): Promise<void> {
  const parameters = [...java.slice(1), 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties]
  return new Promise((resolve, reject) => {
    const child = spawn(java[0], parameters, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk))
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`formatting Kafka's storage failed (${code}): ${said.slice(-2000)}`)),
    )
  })
}

function start(folder: string, command: string[], port: number, options: KafkaBrokerOptions): Promise<KafkaBroker> {
  const guard = spawn('sh', ['-c', GUARD, folder, ...command], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()))
  const close = async (): Promise<void> => {
    guard.ref()
    guard.stdin.destroy()
    await ended
  }
  // The pipe must not keep an otherwise finished process alive; its end is what stops the broker.
  const release = (): void => {
    guard.unref()
    for (const stream of [guard.stdin, guard.stdout, guard.stderr])
      (stream as unknown as { unref?: () => void }).unref?.()
  }
  const lastLines: string[] = []
  return new Promise((resolve, reject) => {
    const onLine = (line: string): void => {
      options.onLogLine?.(line)
      lastLines.push(line)
      if (lastLines.length > 50) lastLines.shift()
      if (!READY.test(line)) return
      release()
      resolve({ brokers: [`127.0.0.1:${port}`], source: 'jvm', ended, close, [Symbol.asyncDispose]: close })
    }
    createInterface(guard.stdout).on('line', onLine)
    createInterface(guard.stderr).on('line', onLine)
    guard.once('error', reject)
    void ended.then(() => reject(new Error(`Kafka ended before it was ready:\n${lastLines.join('\n')}`)))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
