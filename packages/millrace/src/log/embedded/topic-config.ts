/**
 * A topic's configuration by Kafka's names, its defaults, and the few values the embedded log acts on, parsed once.
 */

import { LogError } from '../../record/errors.ts'

const DEFAULTS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'delete.retention.ms': '86400000',
  'max.message.bytes': '1048588',
  'message.timestamp.type': 'CreateTime',
  'min.compaction.lag.ms': '0',
  'min.insync.replicas': '1',
  'retention.bytes': '-1',
  'retention.ms': '604800000',
  'segment.bytes': '1073741824',
}

export interface TopicConfig {
  /** Everything, defaults included. */
  readonly all: Readonly<Record<string, string>>
  readonly compact: boolean
  readonly remove: boolean
  readonly retentionMs: number
  readonly retentionBytes: number
  readonly deleteRetentionMs: number
  readonly minCompactionLagMs: number
  readonly maxMessageBytes: number
  readonly logAppendTime: boolean
}

/** @throws LogError `INVALID_CONFIG` where a value the log acts on is no number. */
export function topicConfig(topic: string, given: Readonly<Record<string, string>> = {}): TopicConfig {
  const all: Readonly<Record<string, string>> = Object.freeze({ ...DEFAULTS, ...given })
  const number = (name: string): number => {
    const value = Number(all[name])
    if (all[name].trim() === '' || !Number.isFinite(value)) {
      throw new LogError('INVALID_CONFIG', `Topic ${topic}: ${name} is '${all[name]}'; give a whole number.`, {
        coordinates: { topic },
      })
    }
    return value
  }
  const policies = all['cleanup.policy'].split(',').map((policy) => policy.trim())
  const unknown = policies.find((policy) => policy !== 'delete' && policy !== 'compact')
  if (unknown !== undefined) {
    throw new LogError(
      'INVALID_CONFIG',
      `Topic ${topic}: cleanup.policy '${unknown}' is unknown; use delete, compact or both.`,
      {
        coordinates: { topic },
      },
    )
  }
  return {
    all,
    compact: policies.includes('compact'),
    remove: policies.includes('delete'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    deleteRetentionMs: number('delete.retention.ms'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    maxMessageBytes: number('max.message.bytes'),
    logAppendTime: all['message.timestamp.type'] === 'LogAppendTime',
  }
}
