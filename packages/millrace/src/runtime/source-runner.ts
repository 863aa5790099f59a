/**
 * Where records enter a task: hands a decoded record to the children of a source node, in their order.
 */

import type { StreamRecord } from '../record/stream-record.ts'
import type { Runner } from './runner.ts'

export class SourceRunner {
  readonly name: string
  children: readonly Runner[] = []
  /** Records taken in: a metric. */
  processed = 0

  constructor(name: string) {
    this.name = name
  }

  process(record: StreamRecord<unknown, unknown>): void {
    this.processed++
    const children = this.children
    for (let i = 0; i < children.length; i++) children[i].process(record)
  }
}
