/** The two applications as processes that can be stopped as operators and accidents do: SIGTERM and kill -9. */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { JAVA_SESSION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS } from './topics.ts'

export type Kind = 'java' | 'millrace'

export interface TwinSettings {
  readonly brokers: readonly string[]
  readonly applicationId: string
  readonly prefix: string
  readonly cacheBytes: number
  /** For state and logs. */
  readonly folder: string
}

const JAVA = fileURLToPath(new URL('./java/', import.meta.url))
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** Builds the Java application, once for each state of its sources. @returns its class path. */
export async function buildJava(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of ['pom.xml', 'src/main/java/Takeover.java']) hash.update(readFileSync(join(JAVA, file)))
  const root = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace')
  const folder = join(root, `takeover-${hash.digest('hex').slice(0, 16)}`)
  const list = join(folder, 'classpath')
  if (!existsSync(list) || !readFileSync(list, 'utf8').split(':').every(existsSync)) {
    mkdirSync(folder, { recursive: true })
    const run = promisify(execFile)
    await run('mvn', [
      '-q',
      '-B',
      '-f',
      join(JAVA, 'pom.xml'),
      'dependency:build-classpath',
      `-Dmdep.outputFile=${list}`,
    ])
    const source = join(JAVA, 'src/main/java/Takeover.java')
    await run('javac', [
      '--release',
      '17',
      '-cp',
      readFileSync(list, 'utf8').trim(),
      '-d',
      join(folder, 'classes'),
      source,
    ])
  }
  return `${join(folder, 'classes')}:${readFileSync(list, 'utf8').trim()}`
}

export class Twin {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  readonly #logFile: string

  constructor(kind: Kind, classPath: string, settings: TwinSettings) {
    mkdirSync(settings.folder, { recursive: true })
    this.#logFile = join(settings.folder, `${kind}.log`)
    const output = openSync(this.#logFile, 'a')
    const [command, args] =
      kind === 'java' ? javaCommand(classPath, settings) : [process.execPath, millraceArguments(settings)]
    this.#child = spawn(command, args, { stdio: ['ignore', output, output] })
    this.#ended = once(this.#child, 'exit')
  }

  /** What it wrote so far. */
  get said(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** As an operator does. @returns what went wrong. */
  async close(timeoutMs: number): Promise<string | undefined> {
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), timeoutMs)
    await this.#ended
    clearTimeout(timer)
    // A JVM that was asked to end says 143 after its shutdown hooks.
    const { exitCode, signalCode } = this.#child
    return exitCode === 0 || exitCode === 143 ? undefined : `did not close cleanly: ${signalCode ?? exitCode}`
  }
}

function javaCommand(classPath: string, settings: TwinSettings): [string, string[]] {
  const { brokers, applicationId, prefix, cacheBytes, folder } = settings
  const parameters = [brokers.join(','), applicationId, prefix, join(folder, 'java-state'), String(cacheBytes)]
  const times = [String(JAVA_SESSION_TIMEOUT_MS), String(TRANSACTION_TIMEOUT_MS)]
  return ['java', ['-Xmx384m', '-XX:+UseSerialGC', '-cp', classPath, 'Takeover', ...parameters, ...times]]
}

function millraceArguments(settings: TwinSettings): string[] {
  return ['--conditions=millrace-source', WORKER, JSON.stringify(settings)]
}
