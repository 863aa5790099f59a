/**
 * Task ids as text, `<subtopology>_<partition>`: in directories, logs and assignments (reference 2.1).
 */

import type { TaskId } from '../../processor/processor-context.ts'

export function taskName(id: TaskId): string {
  return `${id.subtopology}_${id.partition}`
}

export function parseTaskName(name: string): TaskId {
  const [subtopology, partition] = name.split('_').map(Number)
  return { subtopology, partition }
}

/** By sub-topology, then by partition. */
export function compareTaskNames(a: string, b: string): number {
  const left = parseTaskName(a)
  const right = parseTaskName(b)
  return left.subtopology - right.subtopology || left.partition - right.partition
}
