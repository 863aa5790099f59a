/** What state costs in memory: how much higher the peak is with many keys than with few. */

import type { PeerResult } from './peer-result.ts'

export interface MemoryOfKeys {
  readonly peer: string
  /** Keys that the state had. */
  readonly keys: number
  /** Peak resident memory above that of the fewest keys, for each million of the keys between. */
  readonly mibPerMillionKeys: number
}

/** Of each peer that counted (`p2`) over different numbers of keys on otherwise equal terms. */
export function memoryOfKeys(results: readonly PeerResult[]): MemoryOfKeys[] {
  const counts = results.filter(({ pipeline }) => pipeline === 'p2')
  return [...new Set(counts.map(({ peer }) => peer))].flatMap((name) => {
    const ofPeer = counts.filter(({ peer, partitions }) => peer === name && partitions === counts[0].partitions)
    const [fewest, ...more] = ofPeer.toSorted((a, b) => rowsOf(a) - rowsOf(b))
    return more
      .filter((result) => rowsOf(result) >= 2 * rowsOf(fewest))
      .map((result) => ({
        peer: name,
        keys: rowsOf(result),
        mibPerMillionKeys: ((result.peakRssMiB - fewest.peakRssMiB) / (rowsOf(result) - rowsOf(fewest))) * 1e6,
      }))
  })
}

const rowsOf = ({ runs }: PeerResult): number => runs[0].rows

export function memoryTable(memory: readonly MemoryOfKeys[]): string {
  const rows = memory.map(
    ({ peer, keys, mibPerMillionKeys }) =>
      `| ${peer} | ${keys.toLocaleString('en')} | ${Math.round(mibPerMillionKeys).toLocaleString('en')} |`,
  )
  return ['| peer | keys | peak RSS, MiB a million keys |', '|---|---:|---:|', ...rows].join('\n')
}
