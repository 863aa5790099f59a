/** Finds and reads pattern cases: `.json`, `.jsonl`, `.jsonl.gz`, and folders of these. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { PatternCase } from './case-format.ts'

const EXTENSION = /\.(json|jsonl|jsonl\.gz)$/

export function* readCases(path: string): Generator<PatternCase> {
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path).sort()) {
      const inner = join(path, name)
      if (statSync(inner).isDirectory() || EXTENSION.test(name)) yield* readCases(inner)
    }
    return
  }
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  if (path.endsWith('.json')) {
    yield* [JSON.parse(text)].flat() as PatternCase[]
    return
  }
  for (const line of text.split('\n')) if (line.trim() !== '') yield JSON.parse(line) as PatternCase
}
