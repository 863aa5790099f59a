/**
 * How far a peer is, seen from outside and so the same way for all: the offsets its group has committed, in its input and
 * in the topics it made for itself.
 */

import type { Log, TopicPartition } from 'millrace/log'

export interface Progress {
  /** Records of the input that are committed. */
  readonly committed: number
  /** Nothing that the group reads has anything left. */
  readonly complete: boolean
}

/** Of a peer without a consumer group. */
export function saidProgress({
  said,
}: {
  readonly said: { readonly records: number; readonly done: boolean }
}): Progress {
  return { committed: said.records, complete: said.done }
}

export class ProgressWatch {
  readonly #log: Log
  readonly #applicationId: string
  readonly #inputs: ReadonlySet<string>
  readonly #transactional: boolean

  constructor(log: Log, applicationId: string, inputs: readonly string[], transactional: boolean) {
    this.#log = log
    this.#applicationId = applicationId
    this.#inputs = new Set(inputs)
    this.#transactional = transactional
  }

  async look(expected: number): Promise<Progress> {
    // Committed offsets first, ends after them: what was read in between cannot look finished when it is not.
    const offsets = (await this.#log.admin.groupOffsets(this.#applicationId)).filter(({ offset }) => offset > 0)
    let committed = 0
    for (const { topic, offset } of offsets) if (this.#inputs.has(topic)) committed += offset
    if (committed < expected) return { committed, complete: false }
    return { committed, complete: await this.#internalDone(offsets) }
  }

  async #internalDone(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<boolean> {
    const topics = (await internalTopics(this.#log, this.#applicationId)).filter(({ name }) => !isChangelog(name))
    if (topics.length === 0) return true
    const partitions = topics.flatMap(({ name, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
    )
    const ends = await this.#log.admin.listOffsets(partitions, 'latest', 'read_committed')
    return ends.every(({ topic, partition, offset: end }) => {
      const at = offsets.find((offset) => offset.topic === topic && offset.partition === partition)?.offset ?? 0
      // Transactions end with a marker, which no one commits an offset for.
      return at >= end - (this.#transactional ? 1 : 0)
    })
  }
}

export function isChangelog(topic: string): boolean {
  return topic.endsWith('-changelog') || topic.startsWith('changelog__')
}

/** Topics an application made for itself, by Kafka Streams' names or by Quix'. */
export async function internalTopics(
  log: Log,
  applicationId: string,
): Promise<{ readonly name: string; readonly partitions: number }[]> {
  const begins = [`${applicationId}-`, `changelog__${applicationId}--`, `repartition__${applicationId}--`]
  return (await log.admin.describeTopics()).filter(({ name }) => begins.some((text) => name.startsWith(text)))
}
