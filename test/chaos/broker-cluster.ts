/**
 * Three Kafka brokers in three JVMs that may be killed and started again: replication 3, two in-sync replicas needed. Each hangs
 * on a pipe of this process, as does the removal of their data, so nothing is left behind however this process ends.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { brokerPom, mavenClasspath } from '@millrace/testing'
import { freePort } from './free-port.ts'
import { sharedClasses } from './shared-classes.ts'

const NODES = 3
const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'
const READY = /Kafka Server started/
/** Runs the command until it ends or stdin closes. */
const GUARD = 'exec 3<&0; "$@" </dev/null & child=$!; ( cat <&3 >/dev/null; kill -9 $child 2>/dev/null ) & wait $child'
/** Removes the folder a while after stdin closes: the JVMs go first. */
const CLEANER = 'cat >/dev/null; sleep 3; rm -rf "$0"'

const SETTINGS = {
  'process.roles': 'broker,controller',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'PLAINTEXT',
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'offsets.topic.replication.factor': '3',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'transaction.state.log.num.partitions': '4',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
  'log.cleaner.dedupe.buffer.size': '33554432',
  // A dead broker is noticed soon; a slow machine must not look dead.
  'broker.session.timeout.ms': '2500',
  'broker.heartbeat.interval.ms': '400',
  'controller.quorum.fetch.timeout.ms': '1500',
  'replica.lag.time.max.ms': '6000',
  // Three brokers share two cores.
  'num.network.threads': '2',
  'num.io.threads': '4',
  'log.cleaner.threads': '1',
  'num.recovery.threads.per.data.dir': '1',
}

/** A broker lives for seconds here: what optimises for hours (the second compiler, a parallel collector) only costs. */
const JVM = ['-Xmx320m', '-Xms96m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

export class BrokerCluster {
  readonly brokers: readonly string[]
  readonly #folder: string
  readonly #java: readonly string[]
  readonly #cleaner: ChildProcess
  readonly #nodes: (ChildProcess | undefined)[] = new Array(NODES).fill(undefined)

  private constructor(brokers: readonly string[], folder: string, java: readonly string[]) {
    this.brokers = brokers
    this.#folder = folder
    this.#java = java
    this.#cleaner = spawn('sh', ['-c', CLEANER, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  }

  /** @throws Error if there is no Java or Maven, or a broker does not start. */
  static async start(): Promise<BrokerCluster> {
    const pom = brokerPom()
    if (pom === undefined) throw new Error('test/kafka/pom.xml was not found')
    const classPath = await mavenClasspath(pom)
    const folder = mkdtempSync(join(tmpdir(), 'millrace-cluster-'))
    const ports = await Promise.all(Array.from({ length: NODES * 2 }, () => freePort()))
    const brokers = ports.slice(0, NODES).map((port) => `127.0.0.1:${port}`)
    writeLogging(folder)
    const java = [
      ...JVM,
      ...(await sharedClasses(classPath, JVM)),
      `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
      '-cp',
      classPath,
    ]
    const cluster = new BrokerCluster(brokers, folder, java)
    const voters = ports.slice(NODES).map((port, node) => `${node + 1}@127.0.0.1:${port}`)
    const formatted: Promise<unknown>[] = []
    for (let node = 0; node < NODES; node++) {
      const own = {
        'node.id': String(node + 1),
        'controller.quorum.voters': voters.join(','),
        listeners: `PLAINTEXT://${brokers[node]},CONTROLLER://127.0.0.1:${ports[NODES + node]}`,
        'advertised.listeners': `PLAINTEXT://${brokers[node]}`,
        'log.dirs': join(folder, `data-${node}`),
      }
      writeFileSync(cluster.#properties(node), asLines({ ...SETTINGS, ...own }))
      const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', cluster.#properties(node)]
      formatted.push(promisify(execFile)('java', [...java, ...format]))
    }
    await Promise.all(formatted)
    await Promise.all(Array.from({ length: NODES }, (_, node) => cluster.start(node)))
    return cluster
  }

  get count(): number {
    return NODES
  }

  /** Resolves when the broker says it is there. */
  start(node: number): Promise<void> {
    const command = ['java', ...this.#java, 'kafka.Kafka', this.#properties(node)]
    const child = spawn('sh', ['-c', GUARD, `broker-${node}`, ...command], { stdio: ['pipe', 'pipe', 'ignore'] })
    this.#nodes[node] = child
    return new Promise((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => {
        if (READY.test(line)) resolve()
      })
      child.once('exit', () => reject(new Error(`broker ${node} ended before it was ready`)))
    })
  }

  /** kill -9. */
  async kill(node: number): Promise<void> {
    const child = this.#nodes[node]
    this.#nodes[node] = undefined
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.stdin?.destroy()
    await ended
  }

  async close(): Promise<void> {
    await Promise.all(Array.from({ length: NODES }, (_, node) => this.kill(node)))
    const ended = once(this.#cleaner, 'exit')
    this.#cleaner.stdin?.destroy()
    await ended
  }

  #properties(node: number): string {
    return join(this.#folder, `broker-${node}.properties`)
  }
}

function writeLogging(folder: string): void {
  const settings = {
    status: 'error',
    'appender.out.type': 'Console',
    'appender.out.name': 'out',
    'appender.out.layout.type': 'PatternLayout',
    'appender.out.layout.pattern': '%d %p %c{1} %m%n',
    'rootLogger.level': 'error',
    'rootLogger.appenderRef.out.ref': 'out',
    'logger.server.name': 'kafka.server.KafkaRaftServer',
    'logger.server.level': 'info',
  }
  writeFileSync(join(folder, 'log4j2.properties'), asLines(settings))
}

function asLines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
