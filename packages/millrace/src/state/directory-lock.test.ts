import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { isDirectoryLocked, lockDirectory } from './directory-lock.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-lock-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function holder(directory: string) {
  const source = fileURLToPath(new URL('./directory-lock.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [
      '--conditions=millrace-source',
      '--input-type=module',
      '-e',
      `import { lockDirectory } from ${JSON.stringify(source)}; lockDirectory(${JSON.stringify(directory)}); console.log('locked'); setInterval(() => {}, 1000)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await once(child.stdout, 'data')
  return child
}

describe('the lock of a state directory', () => {
  it('is shared within a process and gone with its last holder', () => {
    const directory = join(root, 'shared')
    const [one, two] = [lockDirectory(directory), lockDirectory(directory)]
    one.release()
    one.release()
    expect(existsSync(join(directory, 'millrace.lock'))).toBe(true)
    two.release()
    expect(readdirSync(directory)).toEqual([])
  })

  it('names the process that has it, and is taken over from one that was killed', async () => {
    const directory = join(root, 'other')
    const child = await holder(directory)
    expect(() => lockDirectory(directory)).toThrow(new RegExp(`in use by process ${child.pid} `))
    child.kill('SIGKILL')
    await once(child, 'close')
    const lock = lockDirectory(directory)
    expect(JSON.parse(readFileSync(join(directory, 'millrace.lock'), 'utf8')).pid).toBe(process.pid)
    lock.release()
  })

  it('knows a pid that was given out again, a boot that is over, and another machine', () => {
    const directory = join(root, 'stale')
    const path = join(directory, 'millrace.lock')
    lockDirectory(directory).release()
    const take = (owner: object): void => {
      const lock = lockDirectory(directory)
      const mine = JSON.parse(readFileSync(path, 'utf8'))
      lock.release()
      writeFileSync(path, JSON.stringify({ ...mine, ...owner }))
      lockDirectory(directory).release()
    }
    take({ pid: 1, started: 'another time' })
    take({ pid: 1, boot: 'another boot' })
    take({ pid: 'no number' })
    expect(() => take({ host: 'elsewhere' })).toThrow(/on elsewhere/)
    rmSync(path)
  })

  it('is exclusive where what is in it is removed: nobody of this process has it then; what is left empty goes too', () => {
    const directory = join(root, 'exclusive')
    expect(isDirectoryLocked(directory)).toBe(false)
    const shared = lockDirectory(directory)
    expect(isDirectoryLocked(directory)).toBe(true)
    const exclusively = () => lockDirectory(directory, { exclusive: true })
    expect(exclusively).toThrow(new RegExp(`exclusive is in use by this process \\(${process.pid}\\)`))
    shared.release()
    writeFileSync(join(directory, 'file'), '')
    exclusively().release()
    expect(readdirSync(directory)).toEqual(['file'])
    rmSync(join(directory, 'file'))
    const lock = exclusively()
    // Another thread of this process finds it so, and this one too.
    expect(exclusively).toThrow(/in use by this process/)
    lock.release()
    expect(existsSync(directory)).toBe(false)
  })
})
