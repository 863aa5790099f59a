/**
 * Where to start reading a partition for which nothing is committed, or whose committed offset is gone: the source's own
 * policy, else the app's `auto.offset.reset`.
 */

import type { StreamsConfig } from '../config/streams-config.ts'
import type { Fetcher } from '../log/fetcher.ts'
import type { Log, TopicPartition } from '../log/log.ts'
import type { OffsetReset } from '../plan/topology.ts'
import { LogError } from '../record/errors.ts'
import type { ClusterPlan } from './cluster-plan.ts'
import { readsTopic } from './task-blueprint.ts'

/** Asks the log where each partition starts by policy. */
export async function startOffsets(
  partitions: readonly TopicPartition[],
  plan: ClusterPlan,
  config: StreamsConfig,
  log: Log,
): Promise<(TopicPartition & { offset: number })[]> {
  return Promise.all(
    partitions.map(async (partition) => {
      const policy = policyOf(partition.topic, plan, config)
      if (policy === 'none') {
        throw new LogError(
          'NO_OFFSET',
          `Nothing is committed for ${partition.topic}-${partition.partition}, and its offset reset policy is none. ` +
            'Commit offsets for the group first, or set autoOffsetReset.',
          { coordinates: partition },
        )
      }
      const spec =
        typeof policy === 'object' ? { timestamp: Math.max(0, log.clock.now() - policy.byDurationMs) } : policy
      const [listed] = await log.admin.listOffsets([partition], spec, 'read_committed')
      if (listed.offset >= 0) return { ...partition, offset: listed.offset }
      const [latest] = await log.admin.listOffsets([partition], 'latest', 'read_committed')
      return { ...partition, offset: latest.offset }
    }),
  )
}

/** Moves a partition whose position is gone to where its policy says. */
export async function resetOffset(
  error: LogError,
  plan: ClusterPlan,
  config: StreamsConfig,
  log: Log,
  fetcher: Fetcher,
): Promise<void> {
  const { topic, partition } = error.coordinates ?? {}
  if (topic === undefined || partition === undefined) throw error
  const [start] = await startOffsets([{ topic, partition }], plan, config, log)
  config.logger.warn({ topic, partition, offset: start.offset }, 'position out of range; reset by policy')
  fetcher.assign({ topic, partition }, start.offset)
}

function policyOf(topic: string, plan: ClusterPlan, config: StreamsConfig): OffsetReset {
  for (const node of plan.topology.nodes.values()) {
    if (node.type !== 'source' || !readsTopic(node, topic, plan.names)) continue
    // A repartition topic is read from its beginning whatever the policy: its records are the app's own.
    if (plan.topology.internalTopics.has(logicalName(topic, plan))) return 'earliest'
    return node.spec.offsetReset ?? config.autoOffsetReset
  }
  return config.autoOffsetReset
}

function logicalName(topic: string, plan: ClusterPlan): string {
  const prefix = `${plan.names.applicationId}-`
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : topic
}
