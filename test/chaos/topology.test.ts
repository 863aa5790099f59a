/** Without chaos the judge faults nothing: the topologies and the truth, in the test driver. */

import { TopologyTestDriver } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { below, seededRandom } from './random.ts'
import type { ReadRecord } from './read-topics.ts'
import { INPUTS, OUTPUTS } from './topics.ts'
import { topology } from './topology.ts'
import { verify } from './verify.ts'

const NOTHING = Buffer.alloc(0)

describe('the topologies under chaos', () => {
  it('give what the truth says, of enough matches to tell', () => {
    const random = seededRandom(7)
    using driver = new TopologyTestDriver(topology)
    const contents = new Map<string, ReadRecord[][]>([...INPUTS, ...OUTPUTS].map((topic) => [topic, [[]]]))
    let timestamp = 1_700_000_000_000
    for (let id = 1; id <= 1500; id++) {
      timestamp += below(random, 14)
      const key = Buffer.from(`item-${below(random, 60)}`)
      const value = Buffer.from(JSON.stringify({ id, n: below(random, 100), group: `group-${below(random, 3)}` }))
      driver.pipeRaw('items', { key, value, timestamp })
      contents.get('items')?.[0].push({ partition: 0, offset: id, key, value, timestamp })
    }
    for (const topic of OUTPUTS) {
      const records = driver.takeProduced(topic).map((record, offset) => {
        const { key, value } = record
        return {
          partition: 0,
          offset,
          key: Buffer.from(key ?? NOTHING),
          value,
          timestamp: record.timestamp,
        } as ReadRecord
      })
      contents.set(topic, [records])
    }
    const verdicts = verify(contents, 'exactly_once')
    const faults = verdicts.filter(({ lost, duplicated, wrong }) => lost + duplicated + wrong > 0)
    expect(faults.flatMap(({ output, examples }) => [output, ...examples])).toEqual([])
    for (const output of ['surges', 'revivals', 'lapses']) {
      expect(verdicts.find((one) => one.output === output)?.expected).toBeGreaterThan(10)
    }
  })
})
