import { describe, expect, it } from 'vitest'
import { StreamsBuilder, string, topic, tumbling } from '../index.ts'
import type { BuiltTopology } from './built-topology.ts'
import { diff } from './diff.ts'

const input = topic('in', { key: string(), value: string() })

function counted(options: { store: string; size: number; logging?: boolean; before?: boolean }): BuiltTopology {
  const builder = new StreamsBuilder()
  if (options.before) builder.table('users', { store: 'users' })
  builder
    .stream(input)
    .groupBy((value) => value, { name: 'by-value' })
    .windowedBy(tumbling(options.size))
    .count({ store: options.store, name: 'count', logging: options.logging ?? true })
  return builder.build()
}

describe('diff', () => {
  it('finds nothing between equal topologies', () => {
    expect(diff(counted({ store: 's', size: 10 }), counted({ store: 's', size: 10 }))).toEqual([])
  })

  it('says what a renamed store costs, losses first', () => {
    const changes = diff(counted({ store: 's', size: 10 }), counted({ store: 't', size: 10 }))
    expect(changes.map(({ what, name, change, losesData }) => [what, name, change, losesData])).toEqual([
      ['store', 's', 'removed', true],
      ['store', 't', 'added', false],
    ])
  })

  it('sees other changelog settings, and a changelog that is gone', () => {
    const [longer] = diff(counted({ store: 's', size: 10 }), counted({ store: 's', size: 20 }))
    expect(longer).toMatchObject({ name: 's', change: 'changed', losesData: false })
    expect(longer.effect).toMatch(/"retention.ms":"10".*becomes.*"retention.ms":"20"/)
    const [unlogged] = diff(counted({ store: 's', size: 10 }), counted({ store: 's', size: 10, logging: false }))
    expect(unlogged).toMatchObject({ name: 's', losesData: true, effect: 'It has no changelog of its own any more.' })
  })

  it('sees stores that move to other tasks', () => {
    const changes = diff(counted({ store: 's', size: 10 }), counted({ store: 's', size: 10, before: true }))
    expect(changes).toContainEqual(expect.objectContaining({ what: 'sub-topology', name: '1', change: 'changed' }))
    expect(changes.filter(({ losesData }) => losesData)).toEqual([])
  })
})
