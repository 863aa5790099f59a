/**
 * The class path of the broker that `test/kafka/pom.xml` pins, resolved by Maven once and then kept in a cache directory
 * under the hash of the pom, so that later runs need neither Maven's start-up nor the network.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The nearest `test/kafka/pom.xml` above this module, or `MILLRACE_KAFKA_POM`. */
export function brokerPom(): string | undefined {
  if (process.env.MILLRACE_KAFKA_POM) return process.env.MILLRACE_KAFKA_POM
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const pom = join(folder, 'test/kafka/pom.xml')
    if (existsSync(pom)) return pom
    if (folder === dirname(folder)) return undefined
  }
}

/** @throws Error if Maven fails, with the end of what it said. */
export async function mavenClasspath(pom: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 16)
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace')
  const file = join(folder, `kafka-classpath-${hash}`)
  if (existsSync(file)) {
    const cached = readFileSync(file, 'utf8').trim()
    if (cached.split(':').every((jar) => existsSync(jar))) return cached
  }
  mkdirSync(folder, { recursive: true })
  const partial = `${file}.${process.pid}`
  await run('mvn', ['-q', '-B', '-f', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${partial}`])
  renameSync(partial, file)
  return readFileSync(file, 'utf8').trim()
}

function run(command: string, parameters: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, parameters, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve()
      else reject(new Error(`${command} failed: ${(stderr + stdout).slice(-2000)}`, { cause: error }))
    })
  })
}

/** Whether a program is there and answers to one parameter. */
export function answers(command: string, parameter: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(command, [parameter], { timeout: 20_000 }, (error) => resolve(error === null))
  })
}
