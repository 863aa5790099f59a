import { StreamsBuilder } from 'millrace'
import { describe, expect, it } from 'vitest'
import { groupByKey } from '../operators/group-stream.ts'
import { selectKey } from '../operators/map.ts'
import { merge } from '../operators/merge.ts'
import { process } from '../operators/process.ts'
import { repartition } from '../operators/repartition.ts'
import { streamSource } from '../operators/stream-source.ts'
import { to } from '../operators/to.ts'
import { buildTopology } from './build.ts'
import { Graph } from './graph.ts'
import type { StreamHandle } from './handles.ts'
import { resolvePartitions } from './internal-topics.ts'
import { ensureCopartition } from './operator-graph.ts'
import { repartitionForAggregate } from './repartition-node.ts'

const passes = () => ({ process: () => {} })

function joined(graph: Graph, left: StreamHandle<string, string>, right: StreamHandle<string, string>): void {
  ensureCopartition(graph, [left, right])
  process(merge(left, right), passes)
}

describe('resolvePartitions', () => {
  it('gives a repartition topic the largest count upstream, through other repartitions too', () => {
    const graph = new Graph()
    const a = selectKey(streamSource<string, string>(graph, ['a']), (v) => v)
    const b = streamSource<string, string>(graph, ['b'])
    to(
      repartition(
        selectKey(repartition(merge(a, b), { name: 'first' }), (v) => v),
        { name: 'second' },
      ),
      'out',
    )
    const { partitions, problems } = resolvePartitions(
      buildTopology(graph),
      new Map([
        ['a', 3],
        ['b', 7],
      ]),
    )
    expect(problems).toEqual([])
    expect(Object.fromEntries(partitions)).toEqual({ 'first-repartition': 7, 'second-repartition': 7 })
  })

  it('counts topics that match a pattern', () => {
    const graph = new Graph()
    to(repartition(streamSource<string, string>(graph, /in-\d/), { name: 'r' }), 'out')
    const { partitions } = resolvePartitions(
      buildTopology(graph),
      new Map([
        ['in-1', 2],
        ['in-2', 5],
        ['xin-3', 9],
      ]),
    )
    expect(partitions.get('r-repartition')).toBe(5)
  })

  it('takes the count of the user topic for a repartition joined with it', () => {
    const graph = new Graph()
    const left = repartition(streamSource<string, string>(graph, ['a']), { name: 'left' })
    joined(graph, left, streamSource<string, string>(graph, ['b']))
    const { partitions, problems } = resolvePartitions(
      buildTopology(graph),
      new Map([
        ['a', 2],
        ['b', 6],
      ]),
    )
    expect(problems).toEqual([])
    expect(partitions.get('left-repartition')).toBe(6)
  })

  it('takes the pinned count for repartitions joined with each other', () => {
    const graph = new Graph()
    const left = repartition(streamSource<string, string>(graph, ['a']), { name: 'left', partitions: 4 })
    joined(graph, left, repartition(streamSource<string, string>(graph, ['b']), { name: 'right' }))
    const { partitions } = resolvePartitions(
      buildTopology(graph),
      new Map([
        ['a', 2],
        ['b', 6],
      ]),
    )
    expect(Object.fromEntries(partitions)).toEqual({ 'left-repartition': 4, 'right-repartition': 4 })
  })

  it('keeps joins co-partitioned when repartitions are merged', () => {
    const builder = new StreamsBuilder()
    const keyed = builder.stream('in').selectKey((value) => String(value))
    keyed.groupByKey().count({ store: 'counts' }).toStream().to('counts')
    keyed.join(builder.table('table'), (left) => left).to('out')
    const topology = builder.build({ optimization: 'all' })
    const { partitions, problems } = resolvePartitions(
      topology,
      new Map([
        ['in', 2],
        ['table', 6],
      ]),
    )
    expect(problems).toEqual([])
    expect(Object.fromEntries(partitions)).toEqual({ 'counts-repartition': 6 })
  })

  it('keeps joins co-partitioned when equal sources are merged', () => {
    const builder = new StreamsBuilder()
    builder.stream('in').to('copy')
    builder.stream('in').join(builder.table('table'), (left) => left)
    const counts = new Map([
      ['in', 2],
      ['table', 6],
    ])
    expect(resolvePartitions(builder.build(), counts).problems).toEqual([
      expect.stringMatching(/in has 2, table has 6/),
    ])
  })

  it('says what cannot be worked out', () => {
    const builder = new StreamsBuilder()
    builder.stream(/in-\d/).repartition({ name: 'r' }).to('out')
    expect(resolvePartitions(builder.build(), new Map()).problems).toEqual([
      expect.stringMatching(/r-repartition cannot be worked out.*Create the input topics first/),
    ])
  })

  it('lists every group of joined topics whose counts differ', () => {
    const graph = new Graph()
    joined(graph, streamSource<string, string>(graph, ['a']), streamSource<string, string>(graph, ['b']))
    const pinned = repartition(streamSource<string, string>(graph, ['c']), { name: 'p', partitions: 4 })
    joined(graph, pinned, streamSource<string, string>(graph, ['d']))
    const counts = new Map([
      ['a', 1],
      ['b', 2],
      ['c', 1],
      ['d', 3],
    ])
    const { problems } = resolvePartitions(buildTopology(graph), counts)
    expect(problems).toEqual([
      expect.stringMatching(/a has 1, b has 2/),
      expect.stringMatching(/d has 3, p-repartition has 4/),
    ])
  })
})

describe('build()', () => {
  it('shares one repartition between aggregations of a named grouping', () => {
    const graph = new Graph()
    const group = groupByKey(
      selectKey(streamSource<string, string>(graph, ['a']), (v) => v),
      { name: 'g' },
    )
    const first = repartitionForAggregate(group, 'store-1', false)
    expect(repartitionForAggregate(group, 'store-2', false).node).toBe(first.node)
    expect(graph.nextIndex()).toBe('0000000008')
  })

  it('lists every mistake at once', () => {
    const graph = new Graph()
    const stream = streamSource<string, string>(graph, ['a'])
    const shared = passes()
    process(stream, () => shared, { name: 'one' })
    process(stream, passes, { name: 'two', stores: ['nowhere'] })
    process(stream, passes, { name: 'two' })
    streamSource(graph, ['a', 'b'])
    repartition(stream, { name: 'r', partitions: 0 })
    expect(() => buildTopology(graph)).toThrow(
      /5 mistakes:\n- one: the supplier .*\n- repartition r: .*\n- Two streams read overlapping.*\n- .*nowhere.*\n- .*two nodes named two/,
    )
  })
})
