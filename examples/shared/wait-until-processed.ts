/** Waits until an application has processed, and committed, all that is in its input topics. */

import type { Log } from 'millrace'

export async function waitUntilProcessed(log: Log, applicationId: string, ...topics: string[]): Promise<void> {
  const descriptions = await log.admin.describeTopics(topics)
  const partitions = descriptions.flatMap(({ name, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
  )
  for (;;) {
    const ends = await log.admin.listOffsets(partitions, 'latest')
    const committed = await log.admin.groupOffsets(applicationId)
    const behind = ends.some(({ topic, partition, offset }) => {
      const at = committed.find((other) => other.topic === topic && other.partition === partition)
      return offset > (at?.offset ?? 0)
    })
    if (!behind) return
    await log.clock.sleep(20)
  }
}
