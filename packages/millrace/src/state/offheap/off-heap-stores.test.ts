import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { ByteStore } from '../byte-store.ts'
import { byteStoreContract } from '../contract/byte-store-contract.ts'
import { type OffHeapStoresOptions, offHeapStores } from './off-heap-stores.ts'
import { type StateFiles, systemFiles } from './state-files.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-offheap-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
const folder = (): string => join(root, String(++folders))
const open = (stateDir: string, options: OffHeapStoresOptions = {}, storeName = 's', segmented = false): ByteStore =>
  offHeapStores(options).open({
    applicationId: 'app',
    taskId: '0_0',
    storeName,
    stateDir,
    use: { persistent: true, ordered: true, segmented },
  })
const files = (stateDir: string, name = ''): string => join(stateDir, 'app', '0_0', 'offheap', name)
const logs = (stateDir: string): string[] => readdirSync(files(stateDir)).sort()
const only = (stateDir: string): string => {
  expect(logs(stateDir).length).toBe(1)
  return files(stateDir, logs(stateDir)[0])
}
const bytes = (text: string): Buffer => Buffer.from(text)
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString()
const content = (store: ByteStore): string =>
  [...store.range()].map(([key, value]) => `${text(key)}=${text(value)}`).join(' ')

for (const segmented of [false, true]) {
  for (const compactAboveBytes of [undefined, 200]) {
    const places = new Map<ByteStore, { stateDir: string; name: string }>()
    const options = compactAboveBytes === undefined ? {} : { compactAboveBytes }
    const how = `${segmented ? ', by segment' : ''}${compactAboveBytes === undefined ? '' : ', always compacting'}`
    const opened = (stateDir: string, name: string): ByteStore => {
      const store = open(stateDir, options, name, segmented)
      places.set(store, { stateDir, name })
      return store
    }
    byteStoreContract(
      { describe, it, expect },
      {
        name: `off-heap with a log${how}`,
        open: (name) => opened(folder(), name),
        reopen(store) {
          const place = places.get(store)
          if (place === undefined) throw new Error('not opened here')
          store.close()
          return opened(place.stateDir, place.name)
        },
      },
    )
  }
}

describe('off-heap stores', () => {
  it('keeps tasks and stores apart, and gives one to who opens it last', () => {
    const stateDir = folder()
    const factory = offHeapStores()
    const at = (taskId: string, storeName: string): ByteStore =>
      factory.open({ applicationId: 'app', taskId, storeName, stateDir })
    const [a, b, other] = [at('0_0', 'a'), at('0_0', 'a.b'), at('0_1', 'a')]
    a.write([[bytes('k'), bytes('a')]], 1)
    b.write([[bytes('k'), bytes('b')]], 2)
    expect([text(a.get(bytes('k'))), text(b.get(bytes('k'))), other.get(bytes('k'))]).toEqual(['a', 'b', undefined])
    const taken = at('0_0', 'a')
    expect([text(taken.get(bytes('k'))), taken.changelogOffset()]).toEqual(['a', 1])
    expect(() => a.write([[bytes('k'), bytes('late')]], 2)).toThrow(/opened a second time in this process/)
    taken.write([[bytes('k'), bytes('next')]], 3)
    a.close()
    expect(() => factory.destroy?.({ applicationId: 'app', taskId: '0_0', stateDir })).toThrow(/in use/)
    for (const store of [taken, b, other]) store.close()
    const again = at('0_0', 'a')
    expect([text(again.get(bytes('k'))), again.changelogOffset()]).toEqual(['next', 3])
    again.close()
    factory.destroy?.({ applicationId: 'app', taskId: '0_0', stateDir })
    expect(existsSync(files(stateDir))).toBe(false)
    expect(at('0_0', 'a').changelogOffset()).toBe(undefined)
  })

  it('is as it was when a batch fails half way', () => {
    const store = open(folder())
    store.write([[bytes('a'), bytes('1')]], 1)
    function* failing(): Generator<[Uint8Array, Uint8Array]> {
      yield [bytes('a'), bytes('2')]
      throw new Error('half way')
    }
    expect(() => store.write(failing(), 2)).toThrow('half way')
    expect([content(store), store.changelogOffset()]).toEqual(['a=1', 1])
    store.close()
  })

  it('bounds its files however often the same keys are written', () => {
    const stateDir = folder()
    const compactAboveBytes = 64 << 10
    let store = open(stateDir, { compactAboveBytes, files: syncedAtOnce })
    let most = 0
    for (let batch = 1; batch <= 400; batch++) {
      store.write(
        Array.from({ length: 500 }, (_, index) => [bytes(`key-${index}`), bytes(`value ${batch}`)] as const),
        batch,
      )
      most = Math.max(
        most,
        logs(stateDir).reduce((sum, name) => sum + statSync(files(stateDir, name)).size, 0),
      )
    }
    expect(most).toBeLessThan(3 * compactAboveBytes)
    store.close()
    store = open(stateDir, { onRebuilt: () => expect.unreachable() })
    expect(store.changelogOffset()).toBe(400)
    expect(new Set([...store.range()].map(([, value]) => text(value)))).toEqual(new Set(['value 400']))
    store.close()
  })

  it('cuts off a torn end: wherever a write stopped, the batch before it is there whole', () => {
    const stateDir = folder()
    let store = open(stateDir)
    const ends: number[] = []
    for (let batch = 1; batch <= 4; batch++) {
      store.write(
        [
          [bytes('a'), bytes(String(batch))],
          [bytes(`b${batch}`), bytes('x')],
        ],
        batch,
      )
      ends.push(statSync(only(stateDir)).size)
    }
    store.close()
    const whole = readFileSync(only(stateDir))
    for (let size = ends[0]; size < whole.length; size++) {
      writeFileSync(only(stateDir), whole.subarray(0, size))
      store = open(stateDir, { onRebuilt: () => expect.unreachable() })
      const batches = ends.filter((end) => end <= size).length
      expect([store.changelogOffset(), text(store.get(bytes('a'))), store.approximateEntries()]).toEqual([
        batches,
        String(batches),
        batches + 1,
      ])
      store.write([[bytes('a'), bytes('again')]], 9)
      store.close()
      store = open(stateDir)
      expect([store.changelogOffset(), text(store.get(bytes('a')))]).toEqual([9, 'again'])
      store.close()
    }
  })

  it('is right wherever a compaction was left', () => {
    const stateDir = folder()
    const value = Buffer.alloc(40, 'v')
    const keys = Array.from({ length: 300 }, (_, index) => bytes(`segment${index % 9}-${index}`))
    let store = open(stateDir, { compactAboveBytes: 16 << 10 }, 's', true)
    const states = new Map<number, { sizes: Map<string, Buffer>; last: string }>()
    for (let batch = 1; batch <= 60; batch++) {
      const changes = keys.slice(0, 40).map((key): [Uint8Array, Uint8Array] => [key, bytes(`${batch}`)])
      store.write([...(batch <= 7 ? keys.map((key): [Uint8Array, Uint8Array] => [key, value]) : []), ...changes], batch)
      if (batch === 50) store.deleteRange(bytes('segment1'), bytes('segment3'))
      const sizes = new Map(logs(stateDir).map((name) => [name, readFileSync(files(stateDir, name))]))
      if (sizes.size > 1 || batch === 60) states.set(batch, { sizes, last: content(store) })
    }
    store.close()
    expect(states.size).toBeGreaterThan(4)
    for (const [batch, { sizes, last }] of states) {
      rmSync(files(stateDir), { recursive: true })
      mkdirSync(files(stateDir), { recursive: true })
      for (const [name, data] of sizes) writeFileSync(files(stateDir, name), data)
      store = open(stateDir, { onRebuilt: () => expect.unreachable() }, 's', true)
      expect(store.changelogOffset()).toBe(batch)
      expect(content(store) === last).toBe(true)
      store.close()
    }
  })

  const damages: [string, string, (path: string) => void][] = [
    ['a byte that changed', 'damaged', (path) => flip(path, 400)],
    ['something else', 'foreign', (path) => writeFileSync(path, 'something else')],
    ['nothing but zeros', 'foreign', (path) => writeFileSync(path, Buffer.alloc(4096))],
    ['a header that was cut', 'foreign', (path) => truncateSync(path, 30)],
  ]
  it.each(damages)('starts anew from %s', (_name, expected, damage) => {
    const stateDir = folder()
    let store = open(stateDir)
    for (let batch = 0; batch < 20; batch++) store.write([[bytes(`key-${batch}`), Buffer.alloc(100)]], batch)
    store.close()
    damage(only(stateDir))
    const reasons: string[] = []
    store = open(stateDir, { onRebuilt: ({ reason }) => reasons.push(reason) })
    expect(reasons).toEqual([expected])
    expect([store.changelogOffset(), [...store.range()]]).toEqual([undefined, []])
    store.write([[bytes('a'), bytes('1')]], 1)
    store.close()
    expect(open(stateDir).changelogOffset()).toBe(1)
  })

  it("takes another task's files for foreign, and ones whose beginning is missing for damaged", () => {
    const [stateDir, other] = [folder(), folder()]
    let store = open(stateDir)
    store.write([[bytes('a'), bytes('1')]], 1)
    store.close()
    const reasons: string[] = []
    mkdirSync(join(other, 'app', '0_7', 'offheap'), { recursive: true })
    writeFileSync(join(other, 'app', '0_7', 'offheap', 's.00000001.log'), readFileSync(only(stateDir)))
    store = offHeapStores({ onRebuilt: ({ reason }) => reasons.push(reason) }).open({
      applicationId: 'app',
      taskId: '0_7',
      storeName: 's',
      stateDir: other,
    })
    expect(store.changelogOffset()).toBe(undefined)
    store.close()
    expect(reasons).toEqual(['foreign'])
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
      if (acknowledged > 400) child.kill('SIGKILL')
    })
    // While it lives nobody else gets in.
    await once(child.stdout, 'data')
    expect(() => open(stateDir)).toThrow(new RegExp(`in use by process ${child.pid} .*another stateDir`))
    await once(child, 'close')
    const store = open(stateDir, { onRebuilt: () => expect.unreachable() })
    const offset = store.changelogOffset() ?? -1
    expect(offset).toBeGreaterThanOrEqual(acknowledged)
    expect([...store.range()].length).toBe(1_000)
    expect(new Set([...store.range()].map(([, value]) => text(value)))).toEqual(new Set([String(offset)]))
    store.close()
  })
})

/** Compacted files go when what replaces them is on the medium: here without a wait. */
const syncedAtOnce: StateFiles = {
  ...systemFiles,
  open(path) {
    const file = systemFiles.open(path)
    return {
      size: () => file.size(),
      read: (into, position) => file.read(into, position),
      write: (data, position) => file.write(data, position),
      truncate: (size) => file.truncate(size),
      sync: (done) => done(true),
      close: () => file.close(),
    }
  },
}

function flip(path: string, at: number): void {
  const data = readFileSync(path)
  data[at] ^= 255
  writeFileSync(path, data)
}
