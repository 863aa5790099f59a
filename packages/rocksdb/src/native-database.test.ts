/**
 * Pins what the underscore methods of `@nxtedition/rocksdb` do: a new version must pass this before it is taken.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type NativeDatabase, type NativeOptions, nativeDatabase } from './native-database.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-native-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const OPTIONS: NativeOptions = {
  createIfMissing: true,
  walCompression: false,
  compression: false,
  compaction: 'level',
  memtableMemoryBudget: 8 << 20,
  cacheSize: 8 << 20,
  cacheIndexAndFilterBlocks: true,
  parallelism: 1,
}
const bytes = (text: string): Buffer => Buffer.from(text)
const BUFFERS = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const
let folders = 0

async function withDatabase(run: (database: NativeDatabase, location: string) => void | Promise<void>): Promise<void> {
  const location = join(root, String(++folders))
  const database = nativeDatabase(location)
  await database.open(OPTIONS)
  try {
    await run(database, location)
  } finally {
    await database.close()
  }
}

function fill(database: NativeDatabase, ...keys: string[]): void {
  const batch = database._chainedBatch()
  for (const key of keys) batch._put(bytes(key), bytes(`${key}!`))
  batch._writeSync()
  batch._closeSync()
}

describe('@nxtedition/rocksdb 12.2.12', () => {
  it('_chainedBatch: _put copies, _del and order hold, nothing is there before _writeSync', () =>
    withDatabase((database) => {
      const batch = database._chainedBatch()
      const key = bytes('k1')
      batch._put(key, bytes('1'))
      key.write('k2')
      batch._put(key, Buffer.alloc(0))
      batch._put(bytes('k3'), bytes('3'))
      batch._del(bytes('k3'))
      expect(database._getManySync([bytes('k1')])).toEqual([undefined])
      batch._writeSync()
      batch._closeSync()
      const [first, second, third] = database._getManySync([bytes('k1'), bytes('k2'), bytes('k3')])
      expect([first?.toString(), second?.length, third]).toEqual(['1', 0, undefined])
    }))

  it('_chainedBatch: _clear empties a batch, before and after it was written', () =>
    withDatabase((database) => {
      const batch = database._chainedBatch()
      batch._put(bytes('a'), bytes('1'))
      batch._clear()
      batch._put(bytes('b'), bytes('2'))
      batch._writeSync()
      batch._clear()
      batch._put(bytes('c'), bytes('3'))
      batch._writeSync()
      batch._closeSync()
      const found = database._getManySync([bytes('a'), bytes('b'), bytes('c')])
      expect(found.map((value) => value?.toString())).toEqual([undefined, '2', '3'])
    }))

  it('_getManySync: values are copies that later writes leave alone', () =>
    withDatabase((database) => {
      fill(database, 'a')
      const [before] = database._getManySync([bytes('a')])
      const batch = database._chainedBatch()
      batch._put(bytes('a'), bytes('2!'))
      batch._writeSync()
      batch._closeSync()
      expect(before?.toString()).toBe('a!')
      expect(database._getManySync([bytes('a')])[0]?.toString()).toBe('2!')
    }))

  it('querySync: bounds, both ways, limit, and whether there is more', () =>
    withDatabase((database) => {
      fill(database, 'a', 'b', 'c', 'd')
      const query = (options: object): [string, boolean] => {
        const { rows, finished } = database.querySync({ ...options, ...BUFFERS })
        return [rows.map(String).join(' '), finished]
      }
      expect(query({ gte: bytes('b'), lt: bytes('d') })).toEqual(['b b! c c!', true])
      expect(query({ gte: bytes('b'), lt: bytes('d'), reverse: true })).toEqual(['c c! b b!', true])
      expect(query({ gte: bytes('a'), limit: 2 })[0]).toBe('a a! b b!')
      expect(query({ highWaterMarkBytes: 1 })).toEqual(['a a!', false])
    }))

  it('_clear: one range, done when it returns, end exclusive', () =>
    withDatabase((database) => {
      fill(database, 'a', 'b', 'c')
      database._clear({ gte: bytes('a'), lt: bytes('c') }, (error) => expect(error).toBe(null))
      expect(database._getManySync([bytes('a'), bytes('b'), bytes('c')]).map((value) => value?.toString())).toEqual([
        undefined,
        undefined,
        'c!',
      ])
    }))

  it('refuses a second opening of a folder', () =>
    withDatabase(async (_database, location) => {
      await expect(nativeDatabase(location).open(OPTIONS)).rejects.toThrow()
    }))
})
