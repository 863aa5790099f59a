import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignTasks } from './assign-tasks.ts'
import type { AssignableMember, AssignableTask, AssignmentRules, MemberTasks } from './assignable.ts'

const RULES: AssignmentRules = {
  numStandbyReplicas: 0,
  acceptableRecoveryLag: 10_000,
  maxWarmupReplicas: 2,
  rackAwareAssignmentTags: [],
}
const FAR = 1_000_000

const tasks = (subtopologies: number, partitions: number, stateful = true): AssignableTask[] =>
  Array.from({ length: subtopologies * partitions }, (_, i) => ({
    name: `${Math.floor(i / partitions)}_${i % partitions}`,
    stateful,
  }))

function member(memberId: string, facts: Partial<AssignableMember> = {}): AssignableMember {
  return { memberId, processId: memberId, owned: [], standby: [], lags: new Map(), tags: {}, ...facts }
}

/** What members do with an assignment before the next rebalance: copies that were kept have caught up, others are gone. */
function settled(
  all: readonly AssignableTask[],
  members: readonly AssignableMember[],
  given: ReadonlyMap<string, MemberTasks>,
): AssignableMember[] {
  return members.map((one) => {
    const { active, standby } = given.get(one.memberId) as MemberTasks
    const here = new Set([...active, ...standby])
    const lags = new Map(all.filter(({ name }) => !here.has(name)).map(({ name }) => [name, FAR]))
    for (const name of standby) lags.set(name, 3)
    return { ...one, owned: active, standby, lags }
  })
}

function converged(
  all: readonly AssignableTask[],
  members: readonly AssignableMember[],
  rules: AssignmentRules,
): { rounds: number; members: AssignableMember[]; given: Map<string, MemberTasks> } {
  let current = [...members]
  let before = ''
  for (let round = 0; ; round++) {
    const given = assignTasks(all, current, rules)
    invariants(all, current, given, rules)
    const now = JSON.stringify([...given])
    if (now === before) return { rounds: round, members: current, given }
    if (round > 40) throw new Error(`does not converge: ${before} then ${now}`)
    before = now
    current = settled(all, current, given)
  }
}

/** What holds for every single assignment, however it was come to. */
function invariants(
  all: readonly AssignableTask[],
  members: readonly AssignableMember[],
  given: ReadonlyMap<string, MemberTasks>,
  rules: AssignmentRules,
): void {
  const owner = new Map<string, AssignableMember>()
  for (const one of members) {
    const { active, standby, warmup } = given.get(one.memberId) as MemberTasks
    for (const name of active) {
      expect(owner.has(name)).toBe(false)
      owner.set(name, one)
      // Cooperative: nothing is given away that another still holds.
      expect(members.find((other) => other !== one && other.owned.includes(name))).toBeUndefined()
    }
    expect(warmup.filter((name) => !standby.includes(name))).toEqual([])
    expect(standby.filter((name) => active.includes(name))).toEqual([])
  }
  for (const { name, stateful } of all) {
    // A task that nobody gets is asked back from who has it.
    const asked = members.filter((one) => given.get(one.memberId)?.revoked.includes(name))
    expect(asked.every((one) => one.owned.includes(name))).toBe(true)
    expect(asked).toHaveLength(owner.has(name) ? 0 : 1)
    const copies = members.filter((one) => given.get(one.memberId)?.standby.includes(name))
    if (!stateful) expect(copies).toEqual([])
    const host = owner.get(name)
    if (host === undefined) continue
    expect(
      copies.filter(({ processId }) => processId === host.processId && !warming(given, name, processId, members)),
    ).toEqual([])
    // It went to a member that is not the best choice only if nobody is.
    const lag = (one: AssignableMember): number =>
      one.lags.get(name) ?? (one.owned.includes(name) ? 0 : Number.POSITIVE_INFINITY)
    if (stateful && lag(host) > rules.acceptableRecoveryLag) {
      expect(members.filter((one) => lag(one) <= rules.acceptableRecoveryLag)).toEqual([])
    }
  }
  const extra = members.flatMap((one) => {
    const { warmup } = given.get(one.memberId) as MemberTasks
    return warmup.filter((name) => !one.standby.includes(name))
  })
  const standbys = rules.numStandbyReplicas * all.length
  expect(extra.length).toBeLessThanOrEqual(rules.maxWarmupReplicas + standbys)
}

/** A warm-up in another thread of the same process: its task moves there. */
function warming(
  given: ReadonlyMap<string, MemberTasks>,
  name: string,
  processId: string,
  members: readonly AssignableMember[],
): boolean {
  return members.some((one) => one.processId === processId && given.get(one.memberId)?.warmup.includes(name))
}

const cluster = fc.record({
  subtopologies: fc.integer({ min: 1, max: 3 }),
  partitions: fc.integer({ min: 1, max: 8 }),
  stateful: fc.boolean(),
  owners: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 24, maxLength: 24 }),
  copies: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 24, maxLength: 24 }),
  lags: fc.array(fc.constantFrom(0, 10, 9_999, 10_001, 50_000, undefined), { minLength: 24, maxLength: 24 }),
  count: fc.integer({ min: 1, max: 6 }),
  threads: fc.integer({ min: 1, max: 2 }),
  zones: fc.integer({ min: 1, max: 3 }),
  numStandbyReplicas: fc.integer({ min: 0, max: 2 }),
  maxWarmupReplicas: fc.integer({ min: 1, max: 3 }),
})

type Cluster = typeof cluster extends fc.Arbitrary<infer T> ? T : never

function start(drawn: Cluster): { all: AssignableTask[]; members: AssignableMember[]; rules: AssignmentRules } {
  const all = tasks(drawn.subtopologies, drawn.partitions, drawn.stateful)
  const members = Array.from({ length: drawn.count }, (_, m) => {
    const process = Math.floor(m / drawn.threads)
    const owned = all.filter((_, i) => drawn.owners[i] === m).map(({ name }) => name)
    const standby = all
      .filter((_, i) => drawn.stateful && drawn.copies[i] === m && drawn.owners[i] !== m)
      .map(({ name }) => name)
    const lags = new Map<string, number>()
    all.forEach(({ name }, i) => {
      const lag = drawn.lags[(i + 5 * m) % 24]
      if (drawn.stateful && lag !== undefined && !owned.includes(name)) lags.set(name, lag)
    })
    return member(`m${m}`, {
      processId: `p${process}`,
      tags: { zone: `z${process % drawn.zones}` },
      owned,
      standby,
      lags,
    })
  })
  const { numStandbyReplicas, maxWarmupReplicas } = drawn
  return { all, members, rules: { ...RULES, numStandbyReplicas, maxWarmupReplicas, rackAwareAssignmentTags: ['zone'] } }
}

describe('assignTasks', () => {
  it('converges from any ownership to a balanced assignment, with one owner a task at any time', () => {
    fc.assert(
      fc.property(cluster, (drawn) => {
        const { all, members, rules } = start(drawn)
        const { given } = converged(all, members, rules)
        const sizes = [...given.values()].map(({ active }) => active.length)
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(all.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        expect([...given.values()].flatMap(({ warmup }) => warmup)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  it('gives every task its standbys, in processes of their own, over different racks as far as there are some', () => {
    fc.assert(
      fc.property(cluster, (drawn) => {
        const { all, members, rules } = start({ ...drawn, stateful: true })
        const { given } = converged(all, members, rules)
        const processes = new Set(members.map(({ processId }) => processId)).size
        const zones = new Set(members.map(({ tags }) => tags.zone)).size
        const replicas = Math.min(rules.numStandbyReplicas, processes - 1)
        for (const { name } of all) {
          const holders = members.filter(({ memberId }) => {
            const { active, standby } = given.get(memberId) as MemberTasks
            return active.includes(name) || standby.includes(name)
          })
          expect(holders.length).toBe(1 + replicas)
          expect(new Set(holders.map(({ processId }) => processId)).size).toBe(1 + replicas)
          expect(new Set(holders.map(({ tags }) => tags.zone)).size).toBe(Math.min(zones, 1 + replicas))
        }
      }),
      { numRuns: 100 },
    )
  })

  it('leaves a settled assignment as it is', () => {
    fc.assert(
      fc.property(cluster, (drawn) => {
        const { all, members, rules } = start(drawn)
        const { members: last, given } = converged(all, members, rules)
        expect([...assignTasks(all, settled(all, last, given), rules)]).toEqual([...given])
      }),
      { numRuns: 100 },
    )
  })

  it('moves no more than it must when a member joins or leaves', () => {
    fc.assert(
      fc.property(cluster, fc.boolean(), (drawn, joins) => {
        const { all, members, rules } = start({ ...drawn, threads: 1, count: Math.max(2, drawn.count) })
        const settledBefore = converged(all, members, rules)
        const before = settled(all, settledBefore.members, settledBefore.given)
        const after = joins ? [...before, member('new', { processId: 'new', tags: { zone: 'z0' } })] : before.slice(1)
        const fresh = after.map((one) => ({ ...one, lags: one.memberId === 'new' ? new Map() : one.lags }))
        const { given } = converged(all, fresh, rules)
        const moved = after.flatMap(
          (one) => given.get(one.memberId)?.active.filter((name) => !one.owned.includes(name)) ?? [],
        )
        const lost = joins ? 0 : before[0].owned.length
        const perSubtopology = Math.ceil(drawn.partitions / after.length)
        expect(moved.length).toBeLessThanOrEqual(lost + drawn.subtopologies * perSubtopology)
      }),
      { numRuns: 100 },
    )
  })

  it('spreads each sub-topology over the members', () => {
    const given = assignTasks(tasks(2, 4), [member('a'), member('b')], RULES)
    for (const { active } of given.values()) expect(active.map((name) => name[0]).join('')).toBe('0011')
  })

  it('gives a task back to the member that has its state', () => {
    const state = (...names: string[]): Map<string, number> => new Map(names.map((name) => [name, 5]))
    const members = [member('a', { lags: state('0_2', '0_3') }), member('b', { lags: state('0_0', '0_1') })]
    expect(assignTasks(tasks(1, 4), members, RULES).get('a')?.active).toEqual(['0_2', '0_3'])
  })

  it('promotes the standby of an owner that is gone', () => {
    const lags = new Map([['0_0', 4]])
    const members = [member('a'), member('b', { standby: ['0_0'], lags }), member('c')]
    const given = assignTasks(tasks(1, 1), members, { ...RULES, numStandbyReplicas: 1 })
    expect(given.get('b')).toEqual({ active: ['0_0'], standby: [], warmup: [], revoked: [] })
  })

  it('moves a task once its target has caught up: until then it stays, and the target warms up', () => {
    const all = tasks(1, 2)
    const owner = member('a', { owned: ['0_0', '0_1'] })
    const lags = new Map(all.map(({ name }) => [name, FAR]))
    const first = assignTasks(all, [owner, member('b', { lags })], RULES)
    expect(first.get('a')?.active).toEqual(['0_0', '0_1'])
    expect(first.get('b')).toEqual({ active: [], standby: ['0_1'], warmup: ['0_1'], revoked: [] })
    const warm = member('b', { standby: ['0_1'], lags: new Map([...lags, ['0_1', 9_000]]) })
    const second = assignTasks(all, [owner, warm], RULES)
    expect(second.get('a')).toEqual({ active: ['0_0'], standby: [], warmup: [], revoked: ['0_1'] })
    // Withheld until the owner has given it up, and kept warm meanwhile.
    expect(second.get('b')).toEqual({ active: [], standby: ['0_1'], warmup: [], revoked: [] })
    const third = assignTasks(all, [{ ...owner, owned: ['0_0'] }, warm], RULES)
    expect(third.get('b')).toEqual({ active: ['0_1'], standby: [], warmup: [], revoked: [] })
  })

  it('warms up no more than allowed at a time', () => {
    const all = tasks(1, 12)
    const lags = new Map(all.map(({ name }) => [name, FAR]))
    const given = assignTasks(all, [member('a', { owned: all.map(({ name }) => name) }), member('b', { lags })], RULES)
    expect(given.get('a')?.active.length).toBe(12)
    expect(given.get('b')?.warmup.length).toBe(2)
  })

  it('gives a task to a member that has nothing of it where none has caught up', () => {
    const lags = new Map([['0_0', FAR]])
    const given = assignTasks(tasks(1, 1), [member('a', { lags }), member('b', { lags })], RULES)
    expect([...given.values()].flatMap(({ active }) => active)).toEqual(['0_0'])
  })

  it('keeps a standby that has caught up until the one that replaces it has', () => {
    const all = tasks(1, 2)
    const lags = new Map(all.map(({ name }) => [name, 0]))
    const zone = (name: string): Partial<AssignableMember> => ({ tags: { zone: name } })
    const members = [
      member('a', { ...zone('x'), owned: ['0_0', '0_1'] }),
      member('b', { ...zone('x'), standby: ['0_0', '0_1'], lags }),
      member('c', { ...zone('y'), lags: new Map(all.map(({ name }) => [name, FAR])) }),
    ]
    const rules = { ...RULES, numStandbyReplicas: 1, rackAwareAssignmentTags: ['zone'] }
    const given = assignTasks(all, members, rules)
    const kept = members.filter(({ memberId }) => given.get(memberId)?.standby.includes('0_0'))
    expect(kept.map(({ memberId }) => memberId)).toEqual(['b', 'c'])
    expect(given.get('c')?.warmup).toContain('0_0')
  })
})
