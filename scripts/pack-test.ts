/**
 * `npm run pack-test`: proves that the core works for a stranger. Packs it, installs the tarball into an empty project outside
 * the workspace, runs README's first TypeScript program there under plain `node`, and type-checks it against the declarations.
 * Needs `npm run build` before, and the registry for the core's two dependencies. Ends with `N passed, N failed`.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './command.ts'
import { packages } from './packages.ts'
import { root } from './repository.ts'

/** What must hold even where README has no program: every entry point loads and has exports. */
const entryProgram = packages[0]!
const loads = Object.keys(entryProgram.entries)
  .map((subpath) => `${entryProgram.name}${subpath.slice(1)}`)
  .map(
    (specifier) => `
{
  const names = Object.keys(await import('${specifier}'))
  if (names.length === 0) throw new Error('${specifier} exports nothing')
}`,
  )
  .join('')

function readmeProgram(): string | undefined {
  const path = join(root, 'README.md')
  if (!existsSync(path)) return undefined
  return /^```(?:js|ts|typescript)\n([\s\S]*?)^```/m.exec(readFileSync(path, 'utf8'))?.[1]
}

let passed = 0
let failed = 0
async function step(what: string, cwd: string, command: string, ...args: string[]): Promise<string | undefined> {
  const { code, output, stdout } = await run(command, args, { cwd, limit: 180_000 })
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${what}`)
  if (code === 0) {
    passed += 1
    return stdout
  }
  failed += 1
  console.log(`${output.trim().split('\n').slice(-40).join('\n')}\n`)
  return undefined
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-pack-'))
const keep = process.argv.includes('--keep')
try {
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }))
  const packed = await step(
    'pack',
    join(root, 'packages/millrace'),
    'npm',
    'pack',
    '--silent',
    '--pack-destination',
    folder,
  )
  const tarball = packed?.trim().split('\n').at(-1)
  if (tarball !== undefined) {
    const installed = await step(
      'install',
      project,
      'npm',
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      join(folder, tarball),
    )
    if (installed !== undefined) {
      writeFileSync(join(project, 'entries.mjs'), loads)
      await step('load every entry point', project, 'node', 'entries.mjs')
      const program = readmeProgram()
      if (program !== undefined) {
        writeFileSync(join(project, 'program.ts'), program)
        await step('run README program', project, 'node', 'program.ts')
        const settings = {
          compilerOptions: {
            module: 'nodenext',
            target: 'es2024',
            lib: ['es2024', 'esnext.disposable'],
            strict: true,
            noEmit: true,
            skipLibCheck: false,
            types: ['node'],
            typeRoots: [join(root, 'node_modules/@types')],
          },
          files: ['program.ts'],
        }
        writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(settings))
        await step(
          'types of README program',
          project,
          'node',
          join(root, 'node_modules/typescript7/bin/tsc'),
          '-p',
          '.',
        )
      }
    }
  }
} finally {
  if (keep) console.log(`kept: ${folder}`)
  else rmSync(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
