import { CASES, type PlantedBug, simulate } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { patternsCase } from './patterns-case.ts'

const GUARANTEES = ['exactly_once', 'at_least_once'] as const

describe('simulation', () => {
  it.each(
    [...CASES, patternsCase].map((topology, index) => ({ topology, name: topology.name, first: 1 + index * 3 })),
  )('$name comes out right under faults', async ({ topology, first }) => {
    for (let seed = first; seed < first + 3; seed++) {
      for (const guarantee of seed % 3 === 0 ? GUARANTEES : GUARANTEES.slice(0, 1)) {
        const { problems } = await simulate({ seed, topology, guarantee })
        expect({ seed, guarantee, problems }).toEqual({ seed, guarantee, problems: [] })
      }
    }
  })

  it('has apps whose threads come, go and are replaced, and that are paused', async () => {
    const lines: string[] = []
    for (const seed of [5, 11, 14]) {
      const topology = CASES[seed % CASES.length]
      const { problems, trace } = await simulate({ seed, topology, guarantee: 'exactly_once', trace: true })
      expect({ seed, problems }).toEqual({ seed, problems: [] })
      lines.push(...(trace.lines ?? []))
    }
    for (const what of ['a thread more', 'a thread less', 'broken: ', 'processing paused', 'processing resumed']) {
      expect(lines.some((line) => line.includes(what))).toBe(true)
    }
  })

  // Found by these seeds: a worker that started over when it heard that it lost a task never gave the task back.
  it.each([
    { seed: 61, name: 'global-join', guarantee: 'exactly_once' },
    { seed: 319, name: 'stream-join', guarantee: 'at_least_once' },
  ] as const)('gives back a task that was claimed and not open when it was lost: seed $seed', async (found) => {
    const topology = CASES.find(({ name }) => name === found.name)
    if (topology === undefined) throw new Error(`no case ${found.name}`)
    const { problems } = await simulate({ seed: found.seed, topology, guarantee: found.guarantee })
    expect(problems).toEqual([])
  })

  it('gives the same trace for the same seed, byte for byte', async () => {
    for (const seed of [3, 4]) {
      const topology = CASES[seed % CASES.length]
      const runs = [1, 2].map(() => simulate({ seed, topology, guarantee: 'exactly_once', trace: true }))
      const [first, second] = await Promise.all(runs)
      expect(first.trace.count).toBeGreaterThan(100)
      expect(second.trace.lines?.join('\n')).toBe(first.trace.lines?.join('\n'))
      expect(second.trace.hash).toBe(first.trace.hash)
    }
  })

  it.each<{ planted: PlantedBug; from: number }>([
    { planted: 'commit before flush', from: 1 },
    { planted: 'lose tombstones on restore', from: 5 },
    { planted: 'fetch offsets before fencing', from: 60 },
    { planted: 'torn batches on disk', from: 48 },
    { planted: 'promote a standby where it is', from: 1 },
    { planted: 'assign what another member holds', from: 1 },
    { planted: 'torn end of a state log accepted', from: 8 },
    { planted: 'offset ahead of its data in a state log', from: 8 },
  ])('finds the planted bug: $planted', async ({ planted, from }) => {
    let found = false
    for (let seed = from; seed < from + 40 && !found; seed++) {
      const topology = CASES[seed % CASES.length]
      const { problems } = await simulate({ seed, topology, guarantee: 'exactly_once', planted })
      found = problems.length > 0
    }
    expect(found).toBe(true)
  })
})
