/**
 * `node bench/types/run.ts [operators]`: how long the type checker takes for a topology of 200 operators. Millrace is seen
 * as its users see it, as declarations; what the same file without operators takes is measured beside it.
 *
 * Writes into a folder of its own below the system's temp folder, and removes it.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { topologySource } from './topology-source.ts'

const COMPILERS = ['typescript', 'typescript7']
const ROUNDS = 3

const root = fileURLToPath(new URL('../..', import.meta.url))
const operators = Number(process.argv[2] ?? 200)
const folder = mkdtempSync(join(tmpdir(), 'millrace-types-'))

interface Check {
  readonly seconds: number
  readonly checkSeconds: number
  readonly instantiations: number
  readonly types: number
  readonly memoryMiB: number
}

function tsc(compiler: string, args: readonly string[], cwd: string): { code: number | null; output: string } {
  const bin = join(root, 'node_modules', compiler, 'bin/tsc')
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd, encoding: 'utf8' })
  return { code: status, output: stdout + stderr }
}

/** What `npm install millrace` would give: package.json and declarations. */
function writeMillrace(): void {
  const target = join(folder, 'node_modules/millrace')
  mkdirSync(target, { recursive: true })
  symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'))
  const source = join(root, 'packages/millrace')
  writeFileSync(join(target, 'package.json'), readFileSync(join(source, 'package.json')))
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      emitDeclarationOnly: true,
      noEmitOnError: false,
      rootDir: join(source, 'src'),
      outDir: join(target, 'dist'),
    },
    include: [join(source, 'src/index.ts')],
  }
  writeFileSync(join(folder, 'declarations.json'), JSON.stringify(config))
  const { code, output } = tsc('typescript7', ['-p', join(folder, 'declarations.json'), '--pretty', 'false'], folder)
  if (code !== 0) console.error(`millrace itself has type errors, declarations may be incomplete:\n${output}`)
}

function number(output: string, label: string): number {
  return Number(new RegExp(`^${label}:\\s+([\\d.]+)`, 'm').exec(output)?.[1] ?? Number.NaN)
}

function check(compiler: string, file: string): Check {
  const flags =
    '--noEmit --strict --extendedDiagnostics --target es2024 --module nodenext --types node --skipLibCheck --pretty false'
  const args = [...flags.split(' '), file]
  const { code, output } = tsc(compiler, args, folder)
  if (code !== 0) throw new Error(`${compiler} does not accept ${file}:\n${output}`)
  return {
    seconds: number(output, 'Total time'),
    checkSeconds: number(output, 'Check time'),
    instantiations: number(output, 'Instantiations'),
    types: number(output, 'Types'),
    memoryMiB: number(output, 'Memory used') / 1024,
  }
}

try {
  writeMillrace()
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'none.ts'), topologySource(0))
  writeFileSync(join(folder, 'many.ts'), topologySource(operators))
  console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0].model}; fastest of ${ROUNDS}\n`)
  console.log('| compiler | operators | total s | check s | instantiations | types | MiB |')
  console.log('|---|---:|---:|---:|---:|---:|---:|')
  for (const compiler of COMPILERS) {
    const { version } = JSON.parse(readFileSync(join(root, 'node_modules', compiler, 'package.json'), 'utf8'))
    for (const [count, file] of [
      [0, 'none.ts'],
      [operators, 'many.ts'],
    ] as const) {
      const checks = Array.from({ length: ROUNDS }, () => check(compiler, file))
      const { seconds, checkSeconds, instantiations, types, memoryMiB } = checks.sort(
        (a, b) => a.seconds - b.seconds,
      )[0]
      console.log(
        `| TypeScript ${version} | ${count} | ${seconds} | ${checkSeconds} | ${instantiations} | ${types} | ${Math.round(memoryMiB)} |`,
      )
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
