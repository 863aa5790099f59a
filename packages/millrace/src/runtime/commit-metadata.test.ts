import { describe, expect, it } from 'vitest'
import { decodeCommitMetadata, encodeCommitMetadata } from './commit-metadata.ts'

describe('commit metadata', () => {
  it('is Kafka Streams’ TopicPartitionMetadata, byte for byte', () => {
    expect(encodeCommitMetadata({ partitionTime: 1_700_000_000_000, processors: new Map() })).toBe('AgAAAYvP5WgA')
    const withProcessor = encodeCommitMetadata({ partitionTime: 5, processors: new Map([['store', 20]]) })
    expect(Buffer.from(withProcessor, 'base64').toString('hex')).toBe(
      '020000000000000005000000010000000573746f72650000000000000014',
    )
  })

  it('comes back as it went', () => {
    const metadata = {
      partitionTime: -1,
      processors: new Map([
        ['a', 1],
        ['ü', 2 ** 52],
      ]),
    }
    expect(decodeCommitMetadata(encodeCommitMetadata(metadata))).toEqual(metadata)
  })

  it('reads version 1, and takes anything else for nothing known', () => {
    expect(decodeCommitMetadata(Buffer.from('010000000000000007', 'hex').toString('base64')).partitionTime).toBe(7)
    for (const text of ['', 'not base64 at all!', Buffer.from('09ff', 'hex').toString('base64')]) {
      expect(decodeCommitMetadata(text)).toEqual({ partitionTime: -1, processors: new Map() })
    }
    const cut = encodeCommitMetadata({ partitionTime: 5, processors: new Map([['store', 20]]) }).slice(0, 20)
    expect(decodeCommitMetadata(cut).partitionTime).toBe(-1)
  })
})
