/**
 * Files stay small and are named after the one thing they hold: at most 600 lines, kebab-case, no name that says nothing.
 * Reports the median of the shipped sources too, for that is what drifts unnoticed.
 */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isShipped, root } from '../repository.ts'

const longest = 600
const emptyNames = /(^|-)(utils?|helpers?|common|managers?|impl|misc)(-|$)/

export interface ShapeReport {
  readonly problems: string[]
  /** One line on the lengths. */
  readonly summary: string
}

export function checkFileShape(paths: readonly string[]): ShapeReport {
  const problems: string[] = []
  const shipped: number[] = []
  for (const path of paths) {
    const lines = readFileSync(join(root, path), 'utf8').replace(/\n$/, '').split('\n').length
    if (isShipped(path)) shipped.push(lines)
    if (lines > longest) problems.push(`${path}: ${lines} lines, at most ${longest}: split it by noun`)
    const stem = basename(path).split('.')[0]!
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) problems.push(`${path}: file names are kebab-case`)
    if (emptyNames.test(stem)) problems.push(`${path}: the name says nothing: name the file after what it holds`)
  }
  shipped.sort((a, b) => a - b)
  const at = (share: number): number => shipped[Math.min(shipped.length - 1, Math.floor(shipped.length * share))] ?? 0
  return {
    problems,
    summary: `${shipped.length} shipped source files: median ${at(0.5)} lines, p90 ${at(0.9)}, longest ${at(1)}`,
  }
}
