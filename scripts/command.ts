/**
 * Runs a child process and collects what it prints.
 *
 * Programs of the workspace are started from node_modules/.bin with that folder first in PATH, so that they run on the pinned
 * Node whatever the machine has. A child that outlives its limit is killed with its whole process group and counts as failed.
 */
import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { root } from './repository.ts'

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Milliseconds; default 10 minutes. */
  readonly limit?: number
  /** Called with each piece of output as it comes, both streams. */
  readonly onOutput?: (text: string) => void
}

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  /** Both streams, as they came. */
  readonly output: string
  readonly milliseconds: number
}

/** PATH with the workspace's programs (Node 24 among them) in front. */
export function workspaceEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...extra, PATH: join(root, 'node_modules/.bin') + delimiter + (process.env['PATH'] ?? '') }
}

export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const started = Date.now()
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? workspaceEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    })
    let stdout = ''
    let output = ''
    const take = (text: string): void => {
      output += text
      options.onOutput?.(text)
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      take(text)
    })
    child.stderr.setEncoding('utf8').on('data', take)
    const limit = options.limit ?? 600_000
    const stop = (): void => {
      if (child.pid === undefined) return
      try {
        process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
      } catch {
        // it has ended already
      }
    }
    const timer = setTimeout(() => {
      take(`\nkilled: still running after ${Math.round(limit / 1000)} s\n`)
      stop()
    }, limit)
    process.once('exit', stop)
    const finish = (code: number): void => {
      clearTimeout(timer)
      process.off('exit', stop)
      resolve({ code, stdout, output, milliseconds: Date.now() - started })
    }
    child.on('error', (error) => {
      take(`${command}: ${error.message}\n`)
      finish(127)
    })
    child.on('close', (code) => finish(code ?? 1))
  })
}
