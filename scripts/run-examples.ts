/**
 * `npm run examples`: runs every examples/NN-<name>/ and checks its output. Ends with `N passed, N failed`.
 *
 * An example is a folder with main.ts. Its check is check.ts, if there is one: a program that runs the example as it likes and
 * exits 0 or not; else expected.json (stdout of `main.ts --json`, compared as JSON) or expected.txt (stdout of `main.ts`, compared
 * as text). An example without any of these fails, because nobody would see it break. `npm run examples -- 01` picks by prefix.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { run } from './command.ts'
import { root } from './repository.ts'

const node = ['--conditions=millrace-source']

/** Undefined when the example does what it promises, else what went wrong. */
async function problemOf(folder: string): Promise<string | undefined> {
  const path = (name: string): string => join(root, 'examples', folder, name)
  const execute = (file: string, ...args: string[]) => run('node', [...node, path(file), ...args], { limit: 180_000 })
  if (existsSync(path('check.ts'))) {
    const { code, output } = await execute('check.ts')
    return code === 0 ? undefined : output
  }
  if (existsSync(path('expected.json'))) {
    const { code, stdout, output } = await execute('main.ts', '--json')
    if (code !== 0) return output
    try {
      const expected: unknown = JSON.parse(readFileSync(path('expected.json'), 'utf8'))
      return isDeepStrictEqual(JSON.parse(stdout), expected) ? undefined : `stdout is not expected.json:\n${stdout}`
    } catch (error) {
      return `stdout is not JSON (${String(error)}):\n${stdout}`
    }
  }
  if (existsSync(path('expected.txt'))) {
    const { code, stdout, output } = await execute('main.ts')
    if (code !== 0) return output
    return stdout === readFileSync(path('expected.txt'), 'utf8') ? undefined : `stdout is not expected.txt:\n${stdout}`
  }
  return 'it has neither check.ts nor expected.json nor expected.txt: nothing checks its output'
}

const wanted = process.argv.slice(2)
const folders = readdirSync(join(root, 'examples'))
  .filter((name) => /^\d\d-/.test(name) && existsSync(join(root, 'examples', name, 'main.ts')))
  .filter((name) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)))
  .sort()

let failed = 0
for (const folder of folders) {
  const problem = await problemOf(folder)
  console.log(`${problem === undefined ? 'ok  ' : 'FAIL'} ${folder}`)
  if (problem === undefined) continue
  failed += 1
  console.log(`${problem.trim().split('\n').slice(-40).join('\n')}\n`)
}
if (folders.length === 0) {
  console.log('FAIL no example found')
  failed = 1
}
console.log(`${folders.length - Math.min(failed, folders.length)} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
