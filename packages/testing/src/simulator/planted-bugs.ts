/**
 * Known bugs, planted one at a time to see that the simulator finds them: each is a mistake in the order, the fencing or
 * the isolation of port calls, made between the runtime and its ports, so that production code carries no switch for it.
 */

import {
  type ColumnBatch,
  type FetchedBatch,
  type Fetcher,
  type GroupEvent,
  type Log,
  LogError,
  type OffsetToCommit,
  type OutgoingBatch,
  type SendResult,
} from 'millrace/log'
import type { DiskFlaws } from './sim-disk.ts'
import { type LogReplacements, wrapLog } from './wrap-log.ts'

export type PlantedBug =
  | 'commit before flush'
  | 'store ahead of the commit'
  | 'skip fencing by generation'
  | 'lose tombstones on restore'
  | 'retry under a new sequence'
  | 'drop the last batch at a revocation'
  | 'fetch offsets before fencing'
  | 'take an unknown commit for a success'
  | 'restore uncommitted changes'
  | 'restore to the last stable offset'
  | 'read uncommitted input'
  | 'offsets outside the transaction'
  | 'claim nothing in a rebalance'
  | 'ignore lost membership'
  | 'commit one record too far'
  | 'commit without offsets'
  | 'offset ahead of its data on disk'
  | 'torn batches on disk'
  | 'torn end of a state log accepted'
  | 'offset ahead of its data in a state log'
  | 'promote a standby where it is'
  | 'assign what another member holds'

type Planting = (log: Log) => LogReplacements

/** A worker's fetchers by the order in which it makes them; a global reader's comes before both. */
const isRestore = (log: Log, ordinal: number): boolean => ordinal === (globalReaders.has(log) ? 2 : 1)
const globalReaders = new WeakSet<Log>()

const PLANTINGS: Readonly<Record<PlantedBug, Planting>> = {
  'commit before flush': (log) => ({
    producer: (producer) => {
      let last: Promise<unknown> = Promise.resolve()
      return {
        // Acknowledged at once and sent later, after the commit where there is one.
        send(batch: OutgoingBatch): Promise<SendResult> {
          const sending = last.then(() => log.clock.sleep(30)).then(() => producer.send(batch))
          last = sending.catch(() => {})
          return Promise.resolve({ ...batch, baseOffset: 0 })
        },
      }
    },
  }),
  'store ahead of the commit': () => ({
    producer: (producer) => ({
      async commit() {
        producer.commit().catch(() => {})
      },
    }),
    member: (member) => ({
      async commit(offsets) {
        member.commit(offsets).catch(() => {})
      },
    }),
  }),
  'skip fencing by generation': () => ({
    producer: (producer) => ({
      sendOffsets: (group, offsets) => producer.sendOffsets({ ...group, generation: -1, memberId: '' }, offsets),
    }),
  }),
  'lose tombstones on restore': (log) => ({
    fetcher: (fetcher, ordinal) =>
      isRestore(log, ordinal)
        ? { poll: async (ms, signal) => (await fetcher.poll(ms, signal)).map(withoutTombstones) }
        : {},
  }),
  'retry under a new sequence': (log) => ({
    producer: (producer) => ({
      async send(batch) {
        const sent = await producer.send(batch)
        if (log.clock.random() < 0.02) await producer.send(batch)
        return sent
      },
    }),
  }),
  'drop the last batch at a revocation': () => {
    let revoking = false
    return {
      member: (member) => ({
        nextEvent() {
          const event = member.nextEvent()
          if (event !== undefined) revoking = true
          return event
        },
      }),
      producer: (producer) => ({
        async send(batch) {
          if (!revoking) return producer.send(batch)
          revoking = false
          return { ...batch, baseOffset: 0 }
        },
      }),
    }
  },
  'fetch offsets before fencing': () => ({
    member: (member) => ({ committed: (partitions) => member.committed(partitions) }),
  }),
  'take an unknown commit for a success': () => ({
    producer: (producer) => ({
      async commit() {
        await producer.commit().catch((error) => {
          if (!(error instanceof LogError) || error.code !== 'TRANSACTION_STATE_UNKNOWN') throw error
          return producer.init()
        })
      },
    }),
  }),
  'restore uncommitted changes': (log) => ({
    isolation: (ordinal) => (isRestore(log, ordinal) ? 'read_uncommitted' : 'read_committed'),
  }),
  'restore to the last stable offset': () => ({
    admin: (admin) => ({
      listOffsets: (partitions, spec) =>
        admin.listOffsets(partitions, spec, spec === 'latest' ? 'read_committed' : undefined),
    }),
  }),
  'read uncommitted input': (log) => ({
    isolation: (ordinal) => (isRestore(log, ordinal) ? 'read_committed' : 'read_uncommitted'),
  }),
  'offsets outside the transaction': () => {
    let commit: ((offsets: readonly OffsetToCommit[]) => Promise<void>) | undefined
    return {
      member: (member) => {
        commit = (offsets) => member.commit(offsets)
        return {}
      },
      producer: () => ({
        async sendOffsets(_group, offsets) {
          await commit?.(offsets)
        },
      }),
    }
  },
  'claim nothing in a rebalance': () => ({
    memberOptions: (options) => ({ ...options, subscription: () => withoutClaims(options.subscription()) }),
  }),
  'ignore lost membership': () => ({
    member: (member) => ({
      nextEvent() {
        let event: GroupEvent | undefined = member.nextEvent()
        while (event?.type === 'lost') event = member.nextEvent()
        return event
      },
    }),
  }),
  'commit one record too far': () => ({
    producer: (producer) => ({
      sendOffsets: (group, offsets) => producer.sendOffsets(group, offsets.map(oneFurther)),
    }),
    member: (member) => ({ commit: (offsets) => member.commit(offsets.map(oneFurther)) }),
  }),
  'commit without offsets': (log) => ({
    producer: (producer) => ({
      async sendOffsets(group, offsets) {
        if (log.clock.random() > 0.05) await producer.sendOffsets(group, offsets)
      },
    }),
  }),
  'offset ahead of its data on disk': () => ({}),
  'torn batches on disk': () => ({}),
  'torn end of a state log accepted': () => ({}),
  'offset ahead of its data in a state log': () => ({}),
  'promote a standby where it is': (log) => {
    let restorer: Fetcher | undefined
    return {
      fetcher: (fetcher, ordinal) => {
        if (isRestore(log, ordinal)) restorer = fetcher
        return {}
      },
      admin: (admin) => ({
        async listOffsets(partitions, spec, isolation) {
          const listed = await admin.listOffsets(partitions, spec, isolation)
          if (spec !== 'latest') return listed
          return listed.map((end) => ({ ...end, offset: restorer?.position(end) ?? end.offset }))
        },
      }),
    }
  },
  'assign what another member holds': () => ({
    memberOptions: (options) => ({
      ...options,
      async assign(members, generation) {
        const given = await options.assign(members, generation)
        return new Map([...given].map(([memberId, bytes]) => [memberId, standbysAsActive(bytes)]))
      },
    }),
  }),
}

export const PLANTED_BUGS: readonly PlantedBug[] = Object.keys(PLANTINGS) as PlantedBug[]

/** The log with a bug in between; as it is where none is planted. */
export function plant(log: Log, bug: PlantedBug | undefined, hasGlobals: boolean): Log {
  if (bug === undefined) return log
  if (hasGlobals) globalReaders.add(log)
  return wrapLog(log, PLANTINGS[bug](log))
}

export function plantedDiskFlaws(bug: PlantedBug | undefined): DiskFlaws {
  return {
    offsetAheadOfData: bug === 'offset ahead of its data on disk',
    tornBatches: bug === 'torn batches on disk',
    tornLogAccepted: bug === 'torn end of a state log accepted',
    logOffsetAheadOfData: bug === 'offset ahead of its data in a state log',
  }
}

function oneFurther(offset: OffsetToCommit): OffsetToCommit {
  return { ...offset, offset: offset.offset + 1 }
}

/** The subscription with its list of owned tasks blanked, at the same length. */
function withoutClaims(subscription: Uint8Array): Uint8Array {
  const text = Buffer.from(subscription).toString('latin1')
  const blanked = text.replace(/"owned":\[([^\]]*)\]/, (_, names: string) => `"owned":[${' '.repeat(names.length)}]`)
  return Buffer.from(blanked, 'latin1')
}

/** The assignment with its standbys among the active tasks, at the same length. */
function standbysAsActive(assignment: Uint8Array): Uint8Array {
  const text = Buffer.from(assignment).toString('latin1')
  const changed = text.replace(
    /"v":1,"active":\[([^\]]*)\],"standby":\[([^\]]+)\]/,
    (found: string, active: string, standby: string) =>
      `"active":[${active}${active === '' ? '' : ','}${standby}],"standby":[]`.padEnd(found.length),
  )
  return Buffer.from(changed, 'latin1')
}

function withoutTombstones(fetched: FetchedBatch): FetchedBatch {
  const { batch } = fetched
  const rows: number[] = []
  for (let row = 0; row < batch.count; row++) if (batch.valueLengths[row] >= 0) rows.push(row)
  if (rows.length === batch.count) return fetched
  return { ...fetched, batch: onlyRows(batch, rows) }
}

function onlyRows(batch: ColumnBatch, rows: readonly number[]): ColumnBatch {
  const columns: Record<string, unknown> = {}
  for (const [name, column] of Object.entries(batch)) {
    if (!ArrayBuffer.isView(column) || name === 'bytes') continue
    const kept = (column as Float64Array).slice()
    rows.forEach((row, index) => {
      kept[index] = (column as Float64Array)[row]
    })
    columns[name] = kept
  }
  return { ...batch, ...columns, count: rows.length }
}
