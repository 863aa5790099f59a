/**
 * From what a user set to a full configuration: unknown names, wrong values and missing ones are all reported at once, and
 * nothing runs before they are mended (law 12).
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../record/errors.ts'
import { json } from '../record/serdes/json.ts'
import { string } from '../record/serdes/string.ts'
import type { Option } from './option.ts'
import { type StreamsConfig, type StreamsOptions, streamsSchema } from './streams-config.ts'

/**
 * @throws ConfigError listing every problem.
 */
export function resolveConfig(options: StreamsOptions): StreamsConfig {
  const given = options as unknown as Record<string, unknown>
  const schema = streamsSchema as unknown as Record<string, Option<unknown>>
  const problems: string[] = []
  for (const name of Object.keys(given)) {
    if (!(name in schema)) problems.push(`There is no option ${name}${didYouMean(name, Object.keys(schema))}.`)
  }
  const config: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(schema)) {
    const value = given[name] ?? option.default
    if (value === undefined) {
      if (option.required) problems.push(`${name} is missing: ${option.doc}`)
      continue
    }
    const problem = option.check(value)
    if (problem !== undefined) problems.push(`${name} ${problem}, not ${shown(value)}.`)
    config[name] = value
  }
  for (const name of ['deserializationExceptionHandler', 'processingExceptionHandler', 'productionExceptionHandler']) {
    if (config[name] === 'dead-letter' && config.deadLetterTopic === undefined) {
      problems.push(`${name} is 'dead-letter', but deadLetterTopic does not say which topic.`)
    }
  }
  problems.push(...missingTags(config as Partial<StreamsConfig>))
  if (problems.length > 0) throw new ConfigError(problems)
  // A rebalance is heard of by a heartbeat: three seconds late would be half of a session of six.
  config.heartbeatIntervalMs ??= Math.max(1, Math.min(3000, Math.floor((config.sessionTimeoutMs as number) / 6)))
  config.commitIntervalMs ??= config.processingGuarantee === 'exactly_once_v2' ? 100 : 30_000
  config.stateDir ??= join(tmpdir(), 'millrace')
  config.defaultKeySerde ??= string()
  config.defaultValueSerde ??= json()
  return Object.freeze(config) as unknown as StreamsConfig
}

function missingTags({ clientTags = {}, rackAwareAssignmentTags = [] }: Partial<StreamsConfig>): string[] {
  if (!Array.isArray(rackAwareAssignmentTags)) return []
  return rackAwareAssignmentTags
    .filter((tag) => !Object.hasOwn(clientTags, tag))
    .map((tag) => `rackAwareAssignmentTags names ${tag}, which clientTags does not give a value.`)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : typeof value === 'object' ? typeof value : String(value)
}

function didYouMean(name: string, known: readonly string[]): string {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z]/g, '')
  const byKafkaName = Object.entries(streamsSchema).find(([, option]) => option.kafkaName === name)?.[0]
  const match = byKafkaName ?? known.find((candidate) => plain(candidate) === plain(name))
  return match === undefined ? '' : `: did you mean ${match}?`
}
