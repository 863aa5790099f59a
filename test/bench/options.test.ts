/** The benches' command line: what is said goes before a profile, and nothing wrong is taken in silence. */

import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../bench/peers/options.ts'
import { PROFILES } from '../../bench/peers/profiles.ts'

describe('parseOptions', () => {
  it('has defaults', () => {
    const { variants, json, profile } = parseOptions([])
    expect(variants).toHaveLength(1)
    expect(variants[0]).toMatchObject({ guarantee: 'at_least_once', threads: 1, repeats: 3, records: 5_000_000 })
    expect(variants[0].pipelines).toEqual(['p1', 'p2', 'p2l', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8'])
    expect([json, profile]).toEqual([undefined, undefined])
  })

  it('takes what the issue names', () => {
    const line =
      '--pipelines p1,p2 --peers millrace,kafka-streams --guarantee exactly_once --threads 2 --repeats 5 --json f'
    const { variants, json } = parseOptions(line.split(' '))
    expect(variants[0]).toMatchObject({
      pipelines: ['p1', 'p2'],
      peers: ['millrace', 'kafka-streams'],
      guarantee: 'exactly_once',
      threads: 2,
      repeats: 5,
    })
    expect(json).toBe('f')
  })

  it('puts what is said before the profile, and runs no variant twice', () => {
    expect(parseOptions(['--profile', 'exactly-once']).variants.map(({ commitMs }) => commitMs)).toEqual([100, 1000])
    const one = parseOptions(['--profile', 'exactly-once', '--commit', '100', '--repeats', '7']).variants
    expect(one).toMatchObject([{ commitMs: 100, repeats: 7, guarantee: 'exactly_once' }])
  })

  it('does not let the default guarantee hide that of a profile', () => {
    expect(parseOptions(['--profile', 'exactly-once', '--records', '1000']).variants[0].guarantee).toBe('exactly_once')
  })

  it('gives Millrace a commit interval of its own only where it is asked to', () => {
    expect(parseOptions([]).variants[0].ownCommitMs).toBeUndefined()
    const own = parseOptions(['--commit', '1000', '--own-commit', '350']).variants[0]
    expect(own).toMatchObject({ commitMs: 1000, ownCommitMs: 350 })
  })

  it('knows nexmark as a name for its queries', () => {
    const names = ['q0', 'q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8', 'q11', 'q12']
    expect(parseOptions(['--pipelines', 'nexmark,p1']).variants[0].pipelines).toEqual([...names, 'p1'])
  })

  it.each([
    ['--pipelines', 'p9'],
    ['--peers', 'flink'],
    ['--guarantee', 'maybe'],
    ['--threads', '0'],
    ['--records', '1e3.5'],
    ['--profile', 'fast'],
    ['--nothing', 'x'],
  ])('rejects %s %s', (flag, value) => {
    expect(() => parseOptions([flag, value])).toThrow()
  })

  it('keeps the claim as the issue says', () => {
    const [claim, ...more] = parseOptions(['--profile', 'claim']).variants
    expect(more).toEqual([])
    expect(claim).toMatchObject({ guarantee: 'at_least_once', threads: 1, repeats: 3, othersOnce: true, records: 5e6 })
    expect(Object.keys(PROFILES)).toContain('caches-off')
  })
})
