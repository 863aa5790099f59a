/**
 * The log of a store's committed batches: appended with one write a commit, read back when the store is opened. The valid
 * beginning of it is trusted, for it is a state the store had, with its changelog offset; a torn end is cut off.
 *
 * Files are numbered. When a log holds more than twice what is live a new file is begun: it takes the commits from then on
 * and, between them, a slice of everything that is live; when it has it all and is on the medium, the older files go. So a
 * store is always the newest complete file and what follows it. No write waits for the disk: what a process wrote outlives
 * it, and a system that goes down takes the newest commits with it, which the changelog gives back.
 */

import { join } from 'node:path'
import { MillraceError } from '../../record/errors.ts'
import { applyChanges, ChangeBatch } from './change-batch.ts'
import { FRAME, FRAME_BYTES, FrameReader, OFFSET_BYTES, sealFrame } from './log-frame.ts'
import { SnapshotCursor } from './snapshot-cursor.ts'
import type { StateFile, StateFiles } from './state-files.ts'
import type { TableSet } from './table-set.ts'

const FORMAT = 'millrace-offheap'
const VERSION = 1
/** A slice of a compaction is this part of the size from which on there are compactions. */
const SLICE = 8

/** Why a store's files were thrown away. */
export type OffHeapRebuildReason = 'foreign' | 'damaged'

export interface StateLogOptions {
  readonly files: StateFiles
  readonly directory: string
  readonly storeName: string
  /** Application, task and store. */
  readonly owner: string
  /** Compacts a log when it is larger than this and than twice what is live. */
  readonly compactAboveBytes: number
  onRebuilt(reason: OffHeapRebuildReason): void
}

interface Header {
  readonly format: string
  readonly version: number
  readonly owner: string
  /** Where the file before ended; undefined: nothing went before. */
  readonly follows?: { readonly end: number; readonly chain: number } | undefined
}

interface Opened {
  readonly path: string
  readonly file: StateFile
  readonly header: Header
  /** Behind the header. */
  readonly reader: FrameReader
}

export class StateLog {
  readonly #options: StateLogOptions
  readonly #tables: TableSet
  #offset: number | undefined
  #generation = 0
  #file: StateFile | undefined
  #path = ''
  #end = 0
  #chain = 0
  /** Files that the current one goes on from, and their bytes. */
  #older: string[] = []
  #olderBytes = 0
  #snapshot: SnapshotCursor | undefined
  #syncing = false
  #superseded = false

  /** Opens the log and fills the tables from it. */
  constructor(options: StateLogOptions, tables: TableSet) {
    this.#options = options
    this.#tables = tables
    const numbered = this.#numbered()
    this.#generation = numbered.at(-1) ?? 0
    if (numbered.length === 0) return
    const problem = this.#load(numbered)
    if (problem === undefined) return
    options.onRebuilt(problem)
    tables.clear()
    this.#offset = undefined
    for (const generation of numbered) options.files.remove(this.#pathOf(generation))
  }

  get offset(): number | undefined {
    return this.#offset
  }

  /** Bytes of all its files. */
  get bytes(): number {
    return this.#end + this.#olderBytes
  }

  /** Writes a batch. */
  append(batch: ChangeBatch, offset: number | undefined): void {
    this.#appendBatch(FRAME.changes, batch, offset)
    this.#offset = offset
  }

  /** Notes that the keys within [from, to) are gone. */
  drop(from: string, to: string): void {
    const frame = Buffer.alloc(FRAME_BYTES + 4 + from.length + to.length)
    frame.writeUInt32LE(from.length, FRAME_BYTES)
    frame.write(from + to, FRAME_BYTES + 4, 'latin1')
    this.#append(FRAME.dropped, frame)
  }

  /** Forgets everything, offset included. */
  clear(): void {
    if (this.#superseded) return
    const before = [...this.#older, ...(this.#file === undefined ? [] : [this.#path])]
    this.#snapshot = undefined
    this.#begin(undefined)
    this.#offset = undefined
    this.#older = []
    this.#olderBytes = 0
    for (const path of before) this.#options.files.remove(path)
  }

  /** After a commit of so many bytes: begins a compaction if one is due, or writes its next slice. */
  compact(committed: number): void {
    if (this.#superseded) return
    if (this.#snapshot === undefined) {
      if (this.#syncing) return
      const live = this.#tables.dataBytes + 4 * this.#tables.size
      if (this.#file === undefined || this.bytes <= Math.max(this.#options.compactAboveBytes, 2 * live)) return
      this.#older.push(this.#path)
      this.#olderBytes += this.#end
      this.#begin({ end: this.#end, chain: this.#chain })
      this.#snapshot = new SnapshotCursor(this.#tables)
    }
    const batch = new ChangeBatch()
    batch.begin()
    this.#snapshot.fill(batch, Math.max(Math.floor(this.#options.compactAboveBytes / SLICE), committed))
    if (!batch.isEmpty) this.#appendBatch(FRAME.entries, batch, undefined)
    if (!this.#snapshot.done) return
    batch.begin()
    this.#appendBatch(FRAME.complete, batch, this.#offset)
    this.#snapshot = undefined
    this.#removeOlder()
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  /** Ends writing for good: the files have a new owner. */
  supersede(): void {
    this.close()
    this.#superseded = true
  }

  /** Once what replaces them is on the medium; where that fails, after the next compaction. */
  #removeOlder(): void {
    const older = this.#older
    const bytes = this.#olderBytes
    this.#older = []
    this.#olderBytes = 0
    this.#syncing = true
    this.#file?.sync((synced) => {
      this.#syncing = false
      if (synced) for (const path of older) this.#options.files.remove(path)
      else {
        this.#older.unshift(...older)
        this.#olderBytes += bytes
      }
    })
  }

  #appendBatch(kind: number, batch: ChangeBatch, offset: number | undefined): void {
    batch.bytes.writeDoubleLE(offset ?? Number.NaN, FRAME_BYTES)
    this.#append(kind, batch.bytes.subarray(0, batch.length))
  }

  #append(kind: number, frame: Buffer): void {
    if (this.#superseded) {
      throw new MillraceError(
        'MILLRACE_STORE_TAKEN',
        `The state in ${this.#path} was opened a second time in this process and belongs to the one that did. Give each app its own applicationId or stateDir.`,
      )
    }
    if (this.#file === undefined) this.#begin(undefined)
    const chain = sealFrame(frame, kind, this.#chain)
    try {
      this.#file?.write(frame, this.#end)
    } catch (error) {
      throw new MillraceError(
        'MILLRACE_STATE_NOT_WRITTEN',
        `The state in ${this.#path} could not be written (${error instanceof Error ? error.message : error}). ` +
          'See that the disk has room and can be written, and start again: the state goes on from its last commit.',
        { cause: error },
      )
    }
    this.#chain = chain
    this.#end += frame.length
  }

  #begin(follows: Header['follows']): void {
    this.close()
    this.#generation++
    this.#path = this.#pathOf(this.#generation)
    this.#file = this.#options.files.open(this.#path)
    this.#end = 0
    this.#chain = 0
    const header: Header = { format: FORMAT, version: VERSION, owner: this.#options.owner, follows }
    this.#append(FRAME.header, Buffer.concat([Buffer.alloc(FRAME_BYTES), Buffer.from(JSON.stringify(header))]))
  }

  #load(numbered: readonly number[]): OffHeapRebuildReason | undefined {
    const opened = this.#openAll(numbered)
    try {
      if (opened.some(({ header }) => !this.#isOurs(header))) return 'foreign'
      // No header at all is the moment in which a file was begun, or no log of ours.
      if (opened.length === 0) return 'foreign'
      for (let base = opened.length - 1; base >= 0; base--) {
        const last = this.#replay(opened, base)
        if (last === undefined) {
          this.#tables.clear()
          this.#offset = undefined
          continue
        }
        this.#goOn(opened, base, last)
        return undefined
      }
      return 'damaged'
    } finally {
      for (const { file, path } of opened) if (path !== this.#path) file.close()
    }
  }

  #openAll(numbered: readonly number[]): Opened[] {
    const opened: Opened[] = []
    for (const generation of numbered) {
      const path = this.#pathOf(generation)
      const file = this.#options.files.open(path)
      const reader = new FrameReader(file)
      const header = reader.next() === undefined && reader.kind === FRAME.header ? headerOf(reader) : undefined
      if (header === undefined) file.close()
      else opened.push({ path, file, header, reader })
    }
    return opened
  }

  #isOurs(header: Header): boolean {
    return header.format === FORMAT && header.version === VERSION && header.owner === this.#options.owner
  }

  /** Fills the tables from a file that is complete, and those after it. @returns the last one; undefined: it is not so. */
  #replay(opened: readonly Opened[], base: number): number | undefined {
    const isFirst = opened[base].header.follows === undefined
    // A file whose snapshot did not get to its end is read after the one before it.
    if (!isFirst && !new FrameReader(opened[base].file).reaches(FRAME.complete)) return undefined
    for (let index = base; index < opened.length; index++) {
      const before = index === base ? undefined : opened[index - 1].reader
      const { follows } = opened[index].header
      if (before !== undefined && (follows?.end !== before.position || follows.chain !== before.chain)) return index - 1
      const ended = this.#apply(opened[index].reader)
      if (ended === 'damaged') return undefined
      if (ended === 'torn') return index
    }
    return opened.length - 1
  }

  #apply(reader: FrameReader): 'end' | 'torn' | 'damaged' {
    for (;;) {
      const ended = reader.next()
      if (ended !== undefined) return ended
      const { bytes, kind, start, end } = reader
      if (kind === FRAME.dropped) {
        const to = start + 4 + bytes.readUInt32LE(start)
        this.#tables.dropRange(bytes.toString('latin1', start + 4, to), bytes.toString('latin1', to, end))
        continue
      }
      if (kind !== FRAME.entries) {
        const offset = bytes.readDoubleLE(start)
        this.#offset = Number.isNaN(offset) ? undefined : offset
      }
      applyChanges(bytes, start + OFFSET_BYTES, end, this.#tables)
      this.#tables.compact()
    }
  }

  /** Appends where the last valid frame ended; what lies behind it, and files that are not needed, go. */
  #goOn(opened: readonly Opened[], base: number, last: number): void {
    const { path, file, reader } = opened[last]
    if (file.size() > reader.position) file.truncate(reader.position)
    this.#path = path
    this.#file = file
    this.#end = reader.position
    this.#chain = reader.chain
    const kept = opened.slice(base, last)
    this.#older = kept.map((older) => older.path)
    this.#olderBytes = kept.reduce((sum, older) => sum + older.reader.position, 0)
    const needed = new Set([...this.#older, path])
    for (const generation of this.#numbered()) {
      if (!needed.has(this.#pathOf(generation))) this.#options.files.remove(this.#pathOf(generation))
    }
  }

  #numbered(): number[] {
    const start = `${this.#options.storeName}.`
    return this.#options.files
      .names(this.#options.directory)
      .filter((name) => name.startsWith(start) && /^\d{8,}\.log$/.test(name.slice(start.length)))
      .map((name) => Number.parseInt(name.slice(start.length), 10))
      .sort((a, b) => a - b)
  }

  #pathOf(generation: number): string {
    return join(this.#options.directory, `${this.#options.storeName}.${String(generation).padStart(8, '0')}.log`)
  }
}

function headerOf({ bytes, start, end }: FrameReader): Header | undefined {
  try {
    const header: unknown = JSON.parse(bytes.toString('utf8', start, end))
    return typeof header === 'object' && header !== null ? (header as Header) : undefined
  } catch {
    return undefined
  }
}
