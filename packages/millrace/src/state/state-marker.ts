/**
 * The note beside a persistent store that says what it is: format, version, owner, and whether it was closed. What bears no
 * note, or another's, is foreign; a store that trusts only what was closed or outlived by the system asks for that too.
 *
 * The note is written to a file of its own and renamed, so that there is the old one or the new one, never half of one.
 */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { bootId } from './boot-id.ts'

export interface StateIdentity {
  /** The adapter's format, e.g. `millrace-lmdb`. */
  readonly format: string
  readonly version: number
  /** Whose state this is: application and task. */
  readonly owner: string
}

export interface MarkerFinding {
  /** It is ours, of this version. */
  readonly ours: boolean
  /** It was closed: everything is on the disk. */
  readonly closed: boolean
  /** The system has not restarted since it was opened: what a process wrote is there, even if the process was killed. */
  readonly sameBoot: boolean
}

interface Note extends StateIdentity {
  readonly state: 'open' | 'closed' | 'corrupt'
  readonly boot: string
}

const NOTE_FILE = 'millrace.json'

export class StateMarker {
  readonly #path: string
  readonly #identity: StateIdentity

  constructor(directory: string, identity: StateIdentity) {
    this.#path = join(directory, NOTE_FILE)
    this.#identity = identity
  }

  find(): MarkerFinding {
    const note = this.#read()
    const { format, version, owner } = this.#identity
    return {
      ours: note?.format === format && note.version === version && note.owner === owner && note.state !== 'corrupt',
      closed: note?.state === 'closed',
      sameBoot: note?.boot === bootId(),
    }
  }

  /** The store is about to be written to, was closed with everything on the disk, or cannot be trusted any more. */
  write(state: 'open' | 'closed' | 'corrupt'): void {
    const note: Note = { ...this.#identity, state, boot: bootId() }
    const fresh = `${this.#path}.new`
    const file = openSync(fresh, 'w')
    writeSync(file, JSON.stringify(note))
    fsyncSync(file)
    closeSync(file)
    renameSync(fresh, this.#path)
  }

  #read(): Partial<Note> | undefined {
    try {
      const note: unknown = JSON.parse(readFileSync(this.#path, 'utf8'))
      return typeof note === 'object' && note !== null ? note : undefined
    } catch {
      return undefined
    }
  }
}
