import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ByteStore, byteStoreContract } from 'millrace/state'
import { afterAll, describe, expect, it } from 'vitest'
import { type RebuildReason, type RocksdbStoresOptions, rocksdbStores } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-'))
let folders = 0
const folder = (): string => join(root, String(++folders))
const files = (stateDir: string, name = ''): string => join(stateDir, 'app', 'rocksdb', name)
const bytes = (text: string): Buffer => Buffer.from(text)
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString()

interface Opened extends AsyncDisposable {
  store(taskId?: string, storeName?: string): ByteStore
  destroy(taskId: string): void
}

async function open(stateDir: string, options: RocksdbStoresOptions = {}): Promise<Opened> {
  const factory = rocksdbStores({ cacheBytes: 8 << 20, writeBufferBytes: 8 << 20, ...options })
  const opened = await factory.prepare?.({ applicationId: 'app', stateDir })
  return {
    store: (taskId = '0_0', storeName = 's') => factory.open({ applicationId: 'app', taskId, storeName, stateDir }),
    destroy: (taskId) => factory.destroy?.({ applicationId: 'app', taskId, stateDir }),
    [Symbol.asyncDispose]: async () => opened?.[Symbol.asyncDispose](),
  }
}

const contract = await open(folder())
afterAll(async () => {
  await contract[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})
byteStoreContract(
  { describe, it, expect },
  {
    name: 'rocksdb',
    open: (name) => contract.store('0_0', name),
    reopen(store) {
      store.close()
      return contract.store('0_0', store.name)
    },
  },
)

describe('rocksdb stores', () => {
  it('is found again as it was left when the database was closed', async () => {
    const stateDir = folder()
    {
      await using opened = await open(stateDir)
      opened.store('0_0', 'a').write([[bytes('k'), bytes('a')]], 1)
      opened.store('0_0', 'b').write([[bytes('k'), bytes('b')]], 2)
      opened.store('0_1', 'a').write([[bytes('k'), bytes('other')]], 3)
    }
    await using again = await open(stateDir)
    // In another order: the numbers are kept.
    const [other, b, a] = [again.store('0_1', 'a'), again.store('0_0', 'b'), again.store('0_0', 'a')]
    expect([a, b, other].map((store) => text(store.get(bytes('k'))))).toEqual(['a', 'b', 'other'])
    expect([a, b, other].map((store) => store.changelogOffset())).toEqual([1, 2, 3])
    expect(() => again.store('0_0', 'a')).toThrow(/open in this process already/)
    a.close()
    expect(() => again.destroy('0_0')).toThrow(/in use/)
    b.close()
    again.destroy('0_0')
    expect(again.store('0_0', 'a').changelogOffset()).toBe(undefined)
    expect(text(other.get(bytes('k')))).toBe('other')
  })

  it('keeps neighbouring stores apart in ranges', async () => {
    await using opened = await open(folder())
    const [first, second] = [opened.store('0_0', 'first'), opened.store('0_0', 'second')]
    const all = Array.from({ length: 3_000 }, (_, index) => [bytes(`k${index}`), bytes('v')] as const)
    first.write(all, 1)
    second.write(all, 1)
    expect([...first.range()].length).toBe(3_000)
    expect([...second.range({ reverse: true })].length).toBe(3_000)
    first.clear()
    expect([...first.range()].length).toBe(0)
    expect([...second.range()].length).toBe(3_000)
  })

  it('is as it was when a batch fails half way', async () => {
    await using opened = await open(folder())
    const store = opened.store()
    store.write([[bytes('a'), bytes('1')]], 1)
    function* failing(): Generator<[Uint8Array, Uint8Array]> {
      yield [bytes('a'), bytes('2')]
      throw new Error('half way')
    }
    expect(() => store.write(failing(), 2)).toThrow('half way')
    expect(text(store.get(bytes('a')))).toBe('1')
    expect(store.changelogOffset()).toBe(1)
  })

  it('says what is missing where it was not opened', () => {
    expect(() => rocksdbStores().open({ applicationId: 'a', taskId: '0_0', storeName: 's', stateDir: root })).toThrow(
      /await prepare\(\) first/,
    )
  })

  it('is shared by apps of one process, whichever factory they have', async () => {
    const stateDir = folder()
    await using one = await open(stateDir)
    const two = await open(stateDir)
    one.store('0_0').write([[bytes('a'), bytes('1')]], 1)
    expect(() => two.store('0_0')).toThrow(/open in this process already/)
    expect(two.store('0_1').changelogOffset()).toBe(undefined)
    await two[Symbol.asyncDispose]()
    expect(one.store('0_2').changelogOffset()).toBe(undefined)
  })

  const damages: [string, RebuildReason, (stateDir: string) => void][] = [
    ['no note', 'foreign', (dir) => rmSync(files(dir, 'millrace.json'))],
    ['another application', 'foreign', (dir) => changeNote(dir, { owner: 'another' })],
    ['a version to come', 'foreign', (dir) => changeNote(dir, { version: 99 })],
    ['a database whose manifest is gone', 'unreadable', (dir) => damage(dir, /^MANIFEST/, (path) => rmSync(path))],
    [
      'a database whose manifest is torn',
      'unreadable',
      (dir) => damage(dir, /^MANIFEST/, (path) => truncateSync(path, 30)),
    ],
    ['a database that lost its table of contents', 'unreadable', (dir) => writeFileSync(files(dir, 'db/CURRENT'), 'x')],
  ]
  it.each(damages)('starts anew from %s', async (_name, expected, spoil) => {
    const stateDir = folder()
    {
      await using opened = await open(stateDir)
      opened.store().write([[bytes('a'), bytes('1')]], 7)
    }
    spoil(stateDir)
    const reasons: string[] = []
    await using opened = await open(stateDir, { onRebuilt: ({ reason }) => reasons.push(reason) })
    expect(reasons).toEqual([expected])
    const store = opened.store()
    expect(store.changelogOffset()).toBe(undefined)
    expect([...store.range()]).toEqual([])
  })

  it('takes a stranger in its folder for foreign', async () => {
    const stateDir = folder()
    mkdirSync(files(stateDir, 'db'), { recursive: true })
    writeFileSync(files(stateDir, 'db/CURRENT'), 'something else')
    await using opened = await open(stateDir)
    expect(opened.store().changelogOffset()).toBe(undefined)
  })

  it('survives kill -9 in the middle of writing: every batch is there whole or not at all', {
    timeout: 60_000,
  }, async () => {
    const stateDir = folder()
    const child = spawn(
      process.execPath,
      [
        '--conditions=millrace-source',
        fileURLToPath(new URL('./fixtures/write-until-killed.ts', import.meta.url)),
        stateDir,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let acknowledged = -1
    child.stdout.on('data', (data: Buffer) => {
      acknowledged = Number(data.toString().trimEnd().split('\n').at(-1))
      if (acknowledged > 40) child.kill('SIGKILL')
    })
    await once(child.stdout, 'data')
    await expect(open(stateDir)).rejects.toThrow(new RegExp(`in use by process ${child.pid} `))
    await once(child, 'close')
    await using opened = await open(stateDir, { onRebuilt: () => expect.unreachable() })
    const store = opened.store()
    const offset = store.changelogOffset() ?? -1
    expect(offset).toBeGreaterThanOrEqual(acknowledged)
    const values = [...store.range()].map(([, value]) => text(value))
    expect(values.length).toBe(1_000)
    expect(new Set(values)).toEqual(new Set([String(offset)]))
  })

  it('holds far more than it keeps in memory', { timeout: 240_000 }, async () => {
    const child = spawn(
      process.execPath,
      ['--conditions=millrace-source', fileURLToPath(new URL('./fixtures/fill.ts', import.meta.url)), folder()],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let output = ''
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString()
    })
    const [code] = await once(child, 'close')
    expect(code).toBe(0)
    const { entries, anonymousMiB } = JSON.parse(output)
    expect(entries).toBe(2_000_000)
    const [, second, , last] = anonymousMiB
    expect(last - second).toBeLessThan(60)
    expect(last).toBeLessThan(300)
  })
})

function changeNote(stateDir: string, changes: object): void {
  const path = files(stateDir, 'millrace.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...changes }))
}

function damage(stateDir: string, name: RegExp, spoil: (path: string) => void): void {
  const found = readdirSync(files(stateDir, 'db')).filter((file) => name.test(file))
  expect(found.length).toBeGreaterThan(0)
  for (const file of found) spoil(files(stateDir, join('db', file)))
}
