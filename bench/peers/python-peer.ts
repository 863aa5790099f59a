/**
 * Peers in Python: the harness makes a virtual environment next to the program and installs the pinned versions of
 * `requirements.txt` from PyPI into it, again when that file has changed.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Peer } from './peer.ts'

export type PythonPeer = Omit<Peer, 'version' | 'full' | 'prepare' | 'command'> & {
  /** What it is called on PyPI. */
  readonly distribution: string
}

/** @throws Error if its folder pins no version of it. */
export function pythonPeer({ distribution, ...peer }: PythonPeer): Peer {
  const here = fileURLToPath(new URL(`./${peer.name}/`, import.meta.url))
  const requirements = `${here}requirements.txt`
  const pinned = readFileSync(requirements, 'utf8')
  const [, version] = new RegExp(`^${distribution}==(.*)$`, 'm').exec(pinned) ?? []
  if (version === undefined) throw new Error(`${requirements} pins no ${distribution}`)
  const environment = `${here}target/venv`
  const installed = `${environment}/requirements.txt`
  return {
    ...peer,
    version,
    full: false,
    async prepare() {
      if (existsSync(installed) && readFileSync(installed, 'utf8') === pinned) return
      rmSync(environment, { recursive: true, force: true })
      run('python3', ['-m', 'venv', environment])
      run(`${environment}/bin/pip`, ['install', '--quiet', '--no-deps', '--requirement', requirements])
      cpSync(requirements, installed)
    },
    command: (peerRun) => ({
      program: `${environment}/bin/python`,
      parameters: ['-u', `${here}program.py`, JSON.stringify(peerRun)],
    }),
  }
}

function run(program: string, parameters: readonly string[]): void {
  const { status, error, stdout, stderr } = spawnSync(program, parameters, { encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`${program} ${parameters.join(' ')} failed: ${error?.message ?? ''}${stderr}${stdout}`)
}
