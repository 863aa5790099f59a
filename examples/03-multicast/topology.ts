/** One stream to several places: each report to the partitions of its desks, and to a topic named after its severity. */

import { type BuiltTopology, json, StreamsBuilder, string, type Topic, topic } from 'millrace'

export interface Report {
  readonly text: string
  /** Partitions of `desks`; empty: nobody's. */
  readonly desks: readonly number[]
  readonly severity: 'info' | 'alarm'
}

export const reports: Topic<string, Report> = topic('reports', { key: string(), value: json<Report>() })
/** One partition a desk. */
export const desks: Topic<string, Report> = topic('desks', { key: string(), value: json<Report>() })
/** One topic a severity. */
export const reportsOf = (severity: Report['severity']): string => `reports-${severity}`

const builder = new StreamsBuilder()
const incoming = builder.stream(reports)

// Several partitions: a list. None: an empty list, and the record is dropped. Undefined: the default partitioner.
incoming.to(desks, { partitioner: (_topic, _key, report) => report.desks })

// Topics by content: a function instead of a name.
incoming.to(({ severity }) => reportsOf(severity))

export const topology: BuiltTopology = builder.build()
