import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ByteStore, byteStoreContract } from 'millrace/state'
import { afterAll, describe, expect, it } from 'vitest'
import { type LmdbStoresOptions, lmdbStores, type RebuildReason } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-lmdb-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
const folder = (): string => join(root, String(++folders))
const open = (stateDir: string, options: LmdbStoresOptions = {}, storeName = 's', taskId = '0_0'): ByteStore =>
  lmdbStores(options).open({ applicationId: 'app', taskId, storeName, stateDir })
const files = (stateDir: string, name = ''): string => join(stateDir, 'app', '0_0', 'lmdb', name)
const bytes = (text: string): Buffer => Buffer.from(text)
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString()

const places = new Map<ByteStore, { stateDir: string; name: string }>()
byteStoreContract(
  { describe, it, expect },
  {
    name: 'lmdb',
    open(name) {
      const stateDir = folder()
      const store = open(stateDir, {}, name)
      places.set(store, { stateDir, name })
      return store
    },
    reopen(store) {
      const place = places.get(store)
      if (place === undefined) throw new Error('not opened here')
      store.close()
      const again = open(place.stateDir, {}, place.name)
      places.set(again, place)
      return again
    },
  },
)

describe('lmdb stores', () => {
  it('keeps the stores of a task in one environment, and tasks apart', () => {
    const stateDir = folder()
    const factory = lmdbStores()
    const at = (taskId: string, storeName: string): ByteStore =>
      factory.open({ applicationId: 'app', taskId, storeName, stateDir })
    const [a, b, other] = [at('0_0', 'a'), at('0_0', 'b'), at('0_1', 'a')]
    a.write([[bytes('k'), bytes('a')]], 1)
    b.write([[bytes('k'), bytes('b')]], 2)
    expect([text(a.get(bytes('k'))), text(b.get(bytes('k'))), other.get(bytes('k'))]).toEqual(['a', 'b', undefined])
    expect([a.changelogOffset(), b.changelogOffset(), other.changelogOffset()]).toEqual([1, 2, undefined])
    expect(() => at('0_0', 'a')).toThrow(/open in this process already/)
    for (const store of [a, other]) store.close()
    // By whichever factory it was opened.
    const another = lmdbStores()
    expect(another.idleTasks?.({ applicationId: 'app', stateDir })).toEqual(['0_1'])
    for (const each of [factory, another]) {
      expect(() => each.destroy?.({ applicationId: 'app', taskId: '0_0', stateDir })).toThrow(/in use/)
    }
    b.close()
    factory.destroy?.({ applicationId: 'app', taskId: '0_0', stateDir })
    expect(existsSync(files(stateDir))).toBe(false)
    expect(at('0_0', 'a').changelogOffset()).toBe(undefined)
  })

  it('is as it was when a batch fails half way', () => {
    const store = open(folder())
    store.write([[bytes('a'), bytes('1')]], 1)
    function* failing(): Generator<[Uint8Array, Uint8Array]> {
      yield [bytes('a'), bytes('2')]
      yield [bytes('b'), bytes('2')]
      throw new Error('half way')
    }
    expect(() => store.write(failing(), 2)).toThrow('half way')
    expect([...store.range()].map(([key, value]) => [text(key), text(value)])).toEqual([['a', '1']])
    expect(store.changelogOffset()).toBe(1)
    expect(() => store.write([[Buffer.alloc(3000), bytes('x')]], 3)).toThrow(/LMDB takes 1977/)
    expect(store.changelogOffset()).toBe(1)
    store.close()
  })

  it('hides a large dropped range at once and removes it with later writes, also after a reopen', () => {
    const stateDir = folder()
    let store = open(stateDir)
    const key = (index: number): Buffer => bytes(`k${String(index).padStart(6, '0')}`)
    store.write(
      Array.from({ length: 10_000 }, (_, index) => [key(index), bytes('v')] as const),
      1,
    )
    store.deleteRange(key(0), key(9_000))
    expect([...store.range()].length).toBe(1_000)
    expect([...store.range({ reverse: true })].length).toBe(1_000)
    expect(store.get(key(8_999))).toBe(undefined)
    expect(store.approximateEntries()).toBeGreaterThan(6_000)
    store.close()
    store = open(stateDir)
    expect([...store.range()].length).toBe(1_000)
    store.write([[key(8_000), bytes('again')]], 2)
    expect(text(store.get(key(8_000)))).toBe('again')
    expect([...store.range()].length).toBe(1_001)
    for (let offset = 3; offset < 10; offset++) store.write([], offset)
    expect(store.approximateEntries()).toBe(1_001)
    store.close()
  })

  const damages: [string, RebuildReason, (stateDir: string) => void][] = [
    ['a truncated file', 'torn', (dir) => truncateSync(files(dir, 'data.mdb'), 3 * 4096)],
    ['a file without its header', 'torn', (dir) => writeFileSync(files(dir, 'data.mdb'), Buffer.alloc(65_536))],
    ['a file that is missing', 'torn', (dir) => rmSync(files(dir, 'data.mdb'))],
    ['no note', 'foreign', (dir) => rmSync(files(dir, 'millrace.json'))],
    ['half a note', 'foreign', (dir) => truncateSync(files(dir, 'millrace.json'), 20)],
    ['another task', 'foreign', (dir) => changeNote(dir, { owner: 'app/0_7' })],
    ['a version to come', 'foreign', (dir) => changeNote(dir, { version: 99 })],
    ['a system that went down', 'system-restarted', (dir) => changeNote(dir, { state: 'open', boot: 'before' })],
  ]
  it.each(damages)('starts anew from %s', (_name, expected, damage) => {
    const stateDir = folder()
    let store = open(stateDir)
    store.write(
      Array.from({ length: 2_000 }, (_, index) => [bytes(`key-${index}`), Buffer.alloc(100)] as const),
      7,
    )
    store.close()
    damage(stateDir)
    const reasons: string[] = []
    store = open(stateDir, { onRebuilt: ({ reason }) => reasons.push(reason) })
    expect(reasons).toEqual([expected])
    expect(store.changelogOffset()).toBe(undefined)
    expect([...store.range()]).toEqual([])
    store.write([[bytes('a'), bytes('1')]], 1)
    store.close()
    expect(open(stateDir).changelogOffset()).toBe(1)
  })

  it('trusts what a killed process wrote while the system stayed up', () => {
    const stateDir = folder()
    let store = open(stateDir)
    store.write([[bytes('a'), bytes('1')]], 1)
    store.close()
    changeNote(stateDir, { state: 'open' })
    store = open(stateDir, { onRebuilt: () => expect.unreachable() })
    expect(store.changelogOffset()).toBe(1)
    store.close()
  })

  it('takes a stranger in its folder for foreign', () => {
    const stateDir = folder()
    mkdirSync(files(stateDir), { recursive: true })
    writeFileSync(files(stateDir, 'data.mdb'), 'something else')
    const store = open(stateDir)
    expect(store.changelogOffset()).toBe(undefined)
    store.close()
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
      const lines = data.toString().trimEnd().split('\n')
      acknowledged = Number(lines.at(-1))
      if (acknowledged > 40) child.kill('SIGKILL')
    })
    // While it lives nobody else gets in.
    await once(child.stdout, 'data')
    expect(() => open(stateDir)).toThrow(new RegExp(`in use by process ${child.pid} `))
    await once(child, 'close')
    const store = open(stateDir, { onRebuilt: () => expect.unreachable() })
    const offset = store.changelogOffset() ?? -1
    expect(offset).toBeGreaterThanOrEqual(acknowledged)
    const values = [...store.range()].map(([, value]) => text(value))
    expect(values.length).toBe(1_000)
    expect(new Set(values)).toEqual(new Set([String(offset)]))
    store.close()
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
    const { entries, fileMiB, anonymousMiB } = JSON.parse(output)
    expect(entries).toBe(2_000_000)
    expect(fileMiB).toBeGreaterThan(250)
    // What the process holds itself does not grow with the store; pages of the mapped file are the system's to take back.
    const [, second, , last] = anonymousMiB
    expect(last - second).toBeLessThan(60)
    expect(last).toBeLessThan(250)
  })
})

function changeNote(stateDir: string, changes: object): void {
  const path = files(stateDir, 'millrace.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...changes }))
  expect(statSync(path).size).toBeGreaterThan(0)
}
