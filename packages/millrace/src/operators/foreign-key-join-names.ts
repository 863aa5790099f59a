/** Names of a foreign-key join's nodes, topics and stores, and the order in which they take indexes (reference 2.2). */

import type { Graph } from '../plan/graph.ts'
import { storeNameOr, suffixedName } from './operator-names.ts'

export interface ForeignKeyJoinNames {
  readonly registrationTopic: string
  readonly send: string
  readonly registrationSink: string
  readonly registrationSource: string
  readonly subscriptionStore: string
  readonly receive: string
  readonly lookup: string
  readonly fanOut: string
  readonly responseTopic: string
  readonly responseSink: string
  readonly responseSource: string
  readonly resolve: string
  readonly result: string
  readonly resultStore: string
}

/** @param options the user's names: of the join, and of the result's store */
export function foreignKeyJoinNames(
  graph: Graph,
  options: { readonly name?: string; readonly store?: string; readonly logging?: boolean },
): ForeignKeyJoinNames {
  const name = (suffix: string, prefix: string): string => suffixedName(graph, options.name, suffix, prefix)
  const fk = (suffix: string, prefix: string): string => name(suffix, `KTABLE-FK-JOIN-${prefix}`)
  return {
    registrationTopic: `${fk('-subscription-registration', 'SUBSCRIPTION-REGISTRATION-')}-topic`,
    send: fk('-subscription-registration-processor', 'SUBSCRIPTION-REGISTRATION-'),
    registrationSink: name('-subscription-registration-sink', 'KTABLE-SINK-'),
    registrationSource: name('-subscription-registration-source', 'KTABLE-SOURCE-'),
    subscriptionStore: fk('-subscription-store', 'SUBSCRIPTION-STATE-STORE-'),
    receive: fk('-subscription-receive', 'SUBSCRIPTION-PROCESSOR-'),
    lookup: fk('-subscription-join-foreign', 'SUBSCRIPTION-PROCESSOR-'),
    fanOut: fk('-foreign-join-subscription', 'SUBSCRIPTION-PROCESSOR-'),
    responseTopic: `${fk('-subscription-response', 'SUBSCRIPTION-RESPONSE-')}-topic`,
    responseSink: name('-subscription-response-sink', 'KTABLE-SINK-'),
    responseSource: name('-subscription-response-source', 'KTABLE-SOURCE-'),
    resolve: fk('-subscription-response-resolver', 'SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-'),
    result: fk('-result', 'OUTPUT-'),
    resultStore: storeNameOr(graph, options.store, 'KTABLE-FK-JOIN-OUTPUT-', options.logging !== false),
  }
}
