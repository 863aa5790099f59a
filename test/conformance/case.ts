/**
 * A conformance case as FORMAT.md defines it, and how cases are read from files and folders.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Json, Reference, ValueType } from './values.ts'

export interface Step {
  readonly id: string
  readonly op: string
  readonly [field: string]: unknown
  readonly name?: string
  readonly from?: string
  readonly with?: string
  readonly topic?: string
  readonly topics?: readonly string[]
  readonly value?: ValueType
  readonly store?: string
  readonly mapper?: Reference
  readonly selector?: Reference
  readonly predicate?: Reference
  readonly joiner?: Reference
}

export type Input =
  | { readonly advanceWallClock: number }
  | {
      readonly topic: string
      readonly key: string | null
      readonly value: Json
      readonly timestamp: number
      readonly headers?: readonly (readonly [string, string | null])[]
    }

export interface Expectation {
  readonly outputs?: Readonly<Record<string, readonly Json[]>>
  readonly peeks?: Readonly<Record<string, readonly Json[]>>
  readonly stores?: Readonly<Record<string, { readonly kind: string; readonly entries: readonly Json[] }>>
  readonly error?: {
    readonly stage: 'build' | 'run'
    /** Simple name of Java's exception class. */
    readonly type: string
    /** What ours says: shown, not compared. */
    readonly message?: string
  }
  readonly describe?: string
  readonly internalTopics?: Json
  readonly internal?: Readonly<Record<string, readonly Json[]>>
}

export interface Case {
  readonly name: string
  readonly config?: {
    readonly cacheBytes?: number
    readonly optimization?: string
    readonly properties?: Readonly<Record<string, string>>
  }
  readonly topology: readonly Step[]
  readonly inputs: readonly Input[]
  readonly expect: Expectation
}

/** Cases of a `.json`, `.jsonl` or `.jsonl.gz` file, or of all such files below a folder, in order of name. */
export function* readCases(path: string): Generator<Case> {
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path).sort()) {
      const inner = join(path, name)
      if (statSync(inner).isDirectory() || /\.(json|jsonl|jsonl\.gz)$/.test(name)) yield* readCases(inner)
    }
    return
  }
  const bytes = readFileSync(path)
  const content = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  if (path.endsWith('.json')) yield JSON.parse(content) as Case
  else for (const line of content.split('\n')) if (line.trim() !== '') yield JSON.parse(line) as Case
}
