/**
 * Knows when all input has been processed: every committed offset at the end of its topic, first of the input, then of the
 * repartition topic that it feeds.
 */

import type { Log } from 'millrace/log'

export async function processed(
  log: Log,
  applicationId: string,
  topic: string,
): Promise<{ done: number; total: number }> {
  const [description] = await log.admin.describeTopics([topic])
  if (description === undefined) return { done: 0, total: Number.POSITIVE_INFINITY }
  const partitions = Array.from({ length: description.partitions }, (_, partition) => ({ topic, partition }))
  const [begins, ends, committed] = await Promise.all([
    log.admin.listOffsets(partitions, 'earliest'),
    log.admin.listOffsets(partitions, 'latest', 'read_committed'),
    log.admin.groupOffsets(applicationId),
  ])
  let done = 0
  let total = 0
  for (const { partition, offset } of ends) {
    const begin = begins.find((other) => other.partition === partition)?.offset ?? 0
    const at = committed.find((other) => other.topic === topic && other.partition === partition)?.offset ?? begin
    total += offset
    done += Math.max(at, begin)
  }
  return { done, total }
}

/** Resolves when all of it is processed; calls back with progress of the first topic. */
export async function waitUntilProcessed(
  log: Log,
  applicationId: string,
  topics: readonly string[],
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  for (const [index, topic] of topics.entries()) {
    for (;;) {
      const { done, total } = await processed(log, applicationId, topic)
      if (index === 0) onProgress(done, total)
      if (done >= total) break
      await log.clock.sleep(100)
    }
  }
}
