/**
 * What does not matter to results: how input is cut into batches, when commits happen, whether there is a record cache, and
 * where a task ends without a commit and starts again from its changelogs.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Subject, subjects } from './topologies.ts'
import { type Stored, TransactionalTask } from './transactional-task.ts'

interface Step {
  readonly side: 'left' | 'right'
  readonly key: string
  readonly value: string | null
  readonly time: number
  /** What happens after the record; `on`: it comes in one batch with the next. */
  readonly next: 'on' | 'process' | 'commit' | 'crash' | 'lose-disk'
}

const stepsWith = (...actions: Step['next'][]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record<Step>({
      side: fc.constantFrom('left', 'right'),
      key: fc.constantFrom('a', 'b', 'c'),
      value: fc.option(fc.constantFrom('a', 'b', 'x'), { nil: null, freq: 4 }),
      time: fc.integer({ min: 0, max: 60 }),
      next: fc.constantFrom('on', 'on', ...actions),
    }),
    { maxLength: 30 },
  )

type Fed = Stored & { readonly topic: string }

function fed(step: Step, index: number, { inputs }: Subject): Fed {
  return {
    topic: inputs === 1 ? 'left' : step.side,
    key: Buffer.from(step.key),
    value: step.value === null ? null : Buffer.from(step.value),
    timestamp: inputs === 1 ? step.time : index * 4 + (step.time % 4),
    headers: undefined,
  }
}

function run(subject: Subject, steps: readonly Step[], cacheMaxBytes: number): TransactionalTask {
  const task = new TransactionalTask(subject.build(), { cacheMaxBytes })
  let batch: Fed[] = []
  const flush = (): void => {
    task.process(batch)
    batch = []
  }
  for (const [index, step] of steps.entries()) {
    batch.push(fed(step, index, subject))
    if (step.next === 'on') continue
    flush()
    if (step.next === 'commit') task.commit()
    if (step.next === 'crash') task.crash(true, 1)
    if (step.next === 'lose-disk') task.crash(false, 1 + (index % 4))
  }
  flush()
  task.settle()
  return task
}

/** One record at a time, a commit after each, no cache: as the test driver does. */
const oneByOne = (steps: readonly Step[]): Step[] => steps.map((step) => ({ ...step, next: 'commit' }))

const shown = ({ key, value, timestamp }: Stored): unknown => [hex(key), hex(value), timestamp]
const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'))

/** Every topic that was written, record by record: output, changelogs, repartitions. */
function everything(task: TransactionalTask, { writtenAtCommits }: Subject): unknown {
  const topics = task.written.filter((topic) => topic !== writtenAtCommits)
  return Object.fromEntries(topics.map((topic) => [topic, task.topic(topic).map(shown)]))
}

/** What the stores hold, and the table that the output describes. */
function finalState(task: TransactionalTask, withTimes = true): unknown {
  const output = new Map<string | null, string | null>()
  for (const { key, value } of task.topic('out')) output.set(hex(key), hex(value))
  const rows = [...output].filter(([, value]) => value !== null).sort(([a], [b]) => (`${a}` < `${b}` ? -1 : 1))
  return { output: rows, stores: contents(task, withTimes) }
}

function contents(task: TransactionalTask, withTimes: boolean): unknown {
  const leaveOut = (key: string, value: unknown): unknown => (!withTimes && key === 'timestamp' ? undefined : value)
  return task.stores.map((store) => {
    const all = 'all' in store ? [...(store as unknown as { all(): Iterable<unknown> }).all()] : []
    return [store.name, all.map((entry) => JSON.stringify(entry, leaveOut)).sort()]
  })
}

describe.each(subjects)('$name', (subject) => {
  it('gives the same output and changelogs, record by record, however batches and commits fall', () => {
    fc.assert(
      fc.property(stepsWith('process', 'commit'), (steps) => {
        const expected = run(subject, oneByOne(steps), 0)
        const actual = run(subject, steps, 0)
        expect(everything(actual, subject)).toEqual(everything(expected, subject))
        expect(finalState(actual)).toEqual(finalState(expected))
      }),
    )
  })
})

describe.each(subjects.filter(({ dropsLate }) => dropsLate !== true))('$name', (subject) => {
  it('gives the same committed output and state wherever it ends and starts again', () => {
    fc.assert(
      fc.property(stepsWith('process', 'commit', 'crash', 'lose-disk'), (steps) => {
        const expected = run(subject, oneByOne(steps), 0)
        const actual = run(subject, steps, 0)
        expect(actual.topic('out').map(shown)).toEqual(expected.topic('out').map(shown))
        expect(finalState(actual)).toEqual(finalState(expected))
      }),
    )
  })

  it('ends in the same state with a record cache of any size', () => {
    const bytes = fc.integer({ min: 50, max: 2000 })
    fc.assert(
      fc.property(stepsWith('process', 'commit', 'crash', 'lose-disk'), bytes, (all, cacheMaxBytes) => {
        const steps = subject.cacheHidesDeletions ? all.map((step) => ({ ...step, value: step.value ?? 'x' })) : all
        const withTimes = subject.cacheChangesTimes !== true
        const expected = finalState(run(subject, oneByOne(steps), 0), withTimes)
        expect(finalState(run(subject, steps, cacheMaxBytes), withTimes)).toEqual(expected)
      }),
    )
  })
})
