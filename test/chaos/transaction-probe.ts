/**
 * A log whose producers note, in a file, whether a transaction is open with records in it. The note is written synchronously,
 * so after a kill -9 it says what was true at that moment.
 */

import { writeSync } from 'node:fs'
import type { Log, OutgoingBatch, Producer, ProducerOptions } from 'millrace/log'

/** `-` nothing sent since the last end, `s` records acknowledged, `c` the end is on its way. */
export type TransactionNote = '-' | 's' | 'c'

export function probed(log: Log, file: number): Log {
  const note = (state: TransactionNote): void => {
    writeSync(file, state, 0)
  }
  note('-')
  return {
    name: log.name,
    capabilities: log.capabilities,
    admin: log.admin,
    clock: log.clock,
    fetcher: (options) => log.fetcher(options),
    member: (options) => log.member(options),
    producer: (options) => probedProducer(log.producer(options), options, note),
    close: () => log.close(),
  }
}

function probedProducer(
  producer: Producer,
  options: ProducerOptions | undefined,
  note: (state: TransactionNote) => void,
): Producer {
  if (options?.transactionalId === undefined) return producer
  const ending = async (end: Promise<void>): Promise<void> => {
    await end
    note('-')
  }
  return {
    init: () => ending(producer.init()),
    begin: () => producer.begin(),
    async send(batch: OutgoingBatch) {
      const result = await producer.send(batch)
      note('s')
      return result
    },
    sendOffsets: (group, offsets) => producer.sendOffsets(group, offsets),
    commit: () => {
      note('c')
      return ending(producer.commit())
    },
    abort: () => ending(producer.abort()),
    close: () => producer.close(),
  }
}
