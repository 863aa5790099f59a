import { describe, expect, it } from 'vitest'
import { ConfigError } from '../record/errors.ts'
import { resolveConfig } from './resolve-config.ts'
import { streamsSchema } from './streams-config.ts'

function problemsOf(options: object): readonly string[] {
  try {
    resolveConfig(options as never)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('resolveConfig', () => {
  it('fills in Kafka Streams’ defaults', () => {
    const config = resolveConfig({ applicationId: 'app' })
    expect(config.commitIntervalMs).toBe(30_000)
    expect(config.cacheMaxBytes).toBe(10_485_760)
    expect(config.processingGuarantee).toBe('at_least_once')
    expect(resolveConfig({ applicationId: 'app', processingGuarantee: 'exactly_once_v2' }).commitIntervalMs).toBe(100)
  })

  it('reports every problem at once, with the likely name of an unknown option', () => {
    const problems = problemsOf({
      applicationId: 'no spaces',
      cacheMaxBytes: -1,
      'commit.interval.ms': 5,
      processingGuarantee: 'exactly_once',
    })
    expect(problems).toHaveLength(4)
    expect(problems.join('\n')).toMatch(/did you mean commitIntervalMs\?/)
    expect(problems.join('\n')).toMatch(/cacheMaxBytes must be an integer of at least 0, not -1/)
  })

  it('demands an application id', () => {
    expect(problemsOf({})[0]).toMatch(/^applicationId is missing/)
  })

  it('names each option as Kafka does, once', () => {
    const names = Object.values(streamsSchema).map(({ kafkaName }) => kafkaName)
    expect(new Set(names).size).toBe(names.length)
  })
})
