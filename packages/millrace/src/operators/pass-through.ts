/** Forwards the very record it was given: headers added below are seen by later siblings (merge, the branches of split). */

import type { StreamRecord } from '../record/stream-record.ts'
import { ForwardingProcessor } from './forwarding-processor.ts'

export class PassThrough<K, V> extends ForwardingProcessor<K, V> {
  process(record: StreamRecord<K, V>): void {
    this.context.forward(record)
  }
}
