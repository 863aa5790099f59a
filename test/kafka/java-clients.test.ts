/** Java's own clients as counterparts, from the broker's class path: their codecs' framings read by us, ours read by them. */

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { brokerPom, mavenClasspath } from '@millrace/testing'
import type { Log } from 'millrace/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { address, batchOf, describeOnKafka, freshTopic, openLog, readUntil } from './broker-under-test.ts'

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const

function java(classpath: string, parameters: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('java', ['-Xmx256m', '-cp', classpath, ...parameters], { stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk
    })
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`java ended with ${code}: ${errors}`)),
    )
    child.stdin.end(input)
  })
}

describeOnKafka("Java's clients", () => {
  let log: Log
  let classpath: string

  beforeAll(async () => {
    log = openLog()
    const pom = brokerPom()
    if (pom === undefined || !existsSync(pom)) throw new Error('test/kafka/pom.xml is missing')
    classpath = await mavenClasspath(pom)
  })
  afterAll(() => log.close())

  it('write gzip, snappy, lz4 and zstd that we read', async () => {
    const topic = await freshTopic(log, 'from-java')
    // Beyond one snappy chunk of 32 KiB, so that its framing matters.
    const lines = Array.from({ length: 400 }, (_, index) => `line ${index} ${'0123456789'.repeat(20)}`)
    for (const codec of CODECS) {
      const parameters = ['org.apache.kafka.tools.ConsoleProducer', '--bootstrap-server', address, '--topic', topic]
      await java(
        classpath,
        [...parameters, '--batch-size', '200000', '--compression-codec', codec],
        `${lines.join('\n')}\n`,
      )
    }
    const rows = await readUntil(log, { topic, partition: 0 }, CODECS.length * lines.length)
    expect(rows.map(({ value }) => value)).toEqual(CODECS.flatMap(() => lines))
  }, 90_000)

  it('read the gzip, snappy, lz4 and zstd that we write', async () => {
    const topic = await freshTopic(log, 'to-java')
    const lines = Array.from({ length: 400 }, (_, index) => `line ${index} ${'abcdefghij'.repeat(20)}`)
    for (const compression of CODECS) {
      const producer = log.producer({ compression })
      await producer.init()
      await producer.send({ topic, partition: 0, records: batchOf(lines) })
      await producer.close()
    }
    const wanted = CODECS.length * lines.length
    const parameters = [
      'org.apache.kafka.tools.consumer.ConsoleConsumer',
      '--bootstrap-server',
      address,
      '--topic',
      topic,
    ]
    const output = await java(
      classpath,
      [...parameters, '--from-beginning', '--max-messages', `${wanted}`, '--timeout-ms', '30000'],
      '',
    )
    expect(output.trimEnd().split('\n')).toEqual(CODECS.flatMap(() => lines))
  }, 90_000)
})
