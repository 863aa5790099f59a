/**
 * Whether Millrace and Kafka Streams did the same work: the records each wrote to its output and its changelogs. With record
 * caches off they must be equal, with caches on within 10 %. Where the number depends on timing even without caches, it is
 * shown and not judged.
 */

import { type PeerResult, REFERENCE, variantOf } from './peer-result.ts'
import { pipelineNamed } from './pipelines.ts'

export interface EqualTerms {
  readonly pipeline: string
  readonly guarantee: string
  readonly commitMs: number
  /** Millrace's, if it is not the same. */
  readonly ownCommitMs: number | undefined
  readonly cacheBytes: number
  /** Millrace's records by Kafka Streams'; undefined if it wrote none. */
  readonly output: number | undefined
  readonly changelog: number | undefined
  readonly verdict: 'equal' | 'within 10 %' | 'further than 10 % apart' | 'NOT EQUAL' | 'depends on timing'
}

/** One entry for each pair of results. */
export function equalTerms(results: readonly PeerResult[]): EqualTerms[] {
  return results.flatMap((ours) => {
    if (ours.peer !== 'millrace') return []
    const theirs = results.find(
      ({ peer, pipeline, ...result }) =>
        peer === REFERENCE && pipeline === ours.pipeline && variantOf(result) === variantOf(ours),
    )
    return theirs === undefined ? [] : [compare(ours, theirs)]
  })
}

function compare(ours: PeerResult, theirs: PeerResult): EqualTerms {
  const { pipeline, guarantee, commitMs, ownCommitMs, cacheBytes } = ours
  const pairs = [
    [ours.outputRecords, theirs.outputRecords],
    [ours.changelogRecords, theirs.changelogRecords],
  ]
  const [output, changelog] = pairs.map(([a, b]) => (b === 0 ? undefined : a / b))
  const terms = { pipeline, guarantee, commitMs, ownCommitMs, cacheBytes }
  return { ...terms, output, changelog, verdict: verdict(pipeline, cacheBytes, pairs) }
}

function verdict(pipeline: string, cacheBytes: number, pairs: readonly number[][]): EqualTerms['verdict'] {
  if (pairs.every(([a, b]) => a === b)) return 'equal'
  if (pipelineNamed(pipeline).updates === 'timing') return 'depends on timing'
  if (cacheBytes === 0) return 'NOT EQUAL'
  return pairs.every(([a, b]) => Math.abs(a - b) <= 0.1 * b) ? 'within 10 %' : 'further than 10 % apart'
}

export function termsTable(terms: readonly EqualTerms[]): string {
  const ratio = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(3))
  const rows = terms.map(
    ({ pipeline, guarantee, commitMs, ownCommitMs, cacheBytes, output, changelog, verdict: word }) => {
      const commit = ownCommitMs === undefined ? `${commitMs} ms` : `${commitMs} ms (Millrace ${ownCommitMs} ms)`
      return `| ${pipeline} | ${guarantee}, ${commit}, cache ${cacheBytes} | ${ratio(output)} | ${ratio(changelog)} | ${word} |`
    },
  )
  const head = ['| pipeline | terms | output, Millrace by Kafka Streams | changelog | |', '|---|---|---:|---:|---|']
  return [...head, ...rows].join('\n')
}
