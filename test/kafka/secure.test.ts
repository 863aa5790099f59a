/** TLS and SASL are passed through to the connection: a broker of its own with a SASL_SSL listener, and the log contract on it. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaLog } from '@millrace/kafka'
import { type KafkaBroker, kafkaBroker } from '@millrace/testing'
import { type Log, logContract } from 'millrace/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeOnKafka } from './broker-under-test.ts'

const PASSWORD = 'correct horse battery staple'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describeOnKafka('SASL_SSL', () => {
  let folder: string
  let ca: string
  let port: number
  let broker: KafkaBroker | undefined

  function open(password: string): Log {
    return kafkaLog({
      brokers: `localhost:${port}`,
      tls: { ca },
      sasl: { mechanism: 'PLAIN', username: 'alice', password: () => password },
    })
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-tls-'))
    const store = join(folder, 'broker.p12')
    const keystore = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', 'changeit', '-alias', 'broker']
    const subject = ['-dname', 'CN=localhost', '-ext', 'SAN=dns:localhost,ip:127.0.0.1', '-validity', '2']
    execFileSync('keytool', ['-genkeypair', '-keyalg', 'RSA', '-keysize', '2048', ...subject, ...keystore], {
      stdio: 'ignore',
    })
    execFileSync('keytool', ['-exportcert', '-rfc', '-file', join(folder, 'ca.pem'), ...keystore], { stdio: 'ignore' })
    ca = readFileSync(join(folder, 'ca.pem'), 'utf8')
    const [plain, controller] = [await freePort(), await freePort()]
    port = await freePort()
    broker = await kafkaBroker({
      source: 'jvm',
      port: plain,
      settings: {
        'controller.quorum.voters': `1@127.0.0.1:${controller}`,
        listeners: `PLAINTEXT://127.0.0.1:${plain},SASL_SSL://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
        'advertised.listeners': `PLAINTEXT://127.0.0.1:${plain},SASL_SSL://localhost:${port}`,
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.sasl_ssl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="${PASSWORD}";`,
        'ssl.keystore.location': store,
        'ssl.keystore.type': 'PKCS12',
        'ssl.keystore.password': 'changeit',
      },
    })
    if (broker === undefined) throw new Error('the SASL_SSL tests need Java 17 and Maven')
  })
  afterAll(async () => {
    await broker?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('refuses a wrong password at once, and does not repeat it', async () => {
    const log = open('Tr0ub4dor&3')
    const error = await log.admin.describeTopics(['any']).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', fatal: true })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('Tr0ub4dor')
    await log.close()
  })

  logContract(
    { describe: describeOnKafka, it, expect },
    {
      name: 'kafka over SASL_SSL',
      open: async () => open(PASSWORD),
      capabilities: {
        transactions: 'v2',
        cooperative: true,
        staticMembership: true,
        requireStable: true,
        assignmentBytes: true,
        deleteRecords: true,
        durable: true,
      },
    },
  )
})
