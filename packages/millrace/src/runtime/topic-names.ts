/**
 * From a topology's logical topic names to the cluster's: internal topics get the application id as prefix, user topics
 * stay. One place, so that changelog, repartition and foreign-key topics are named alike everywhere (reference 2.1).
 */

import type { BuiltTopology } from '../plan/built-topology.ts'

export class TopicNames {
  readonly applicationId: string
  readonly #topology: BuiltTopology

  constructor(applicationId: string, topology: BuiltTopology) {
    this.applicationId = applicationId
    this.#topology = topology
  }

  /** The cluster's name of a topic that a source or sink names. */
  physical(logical: string): string {
    return this.#topology.internalTopics.has(logical) ? `${this.applicationId}-${logical}` : logical
  }

  /** The topic a store's changes are in: its own changelog, or the source topic it mirrors. */
  changelog(storeName: string): string {
    const sourceTopic = this.#topology.stores.get(storeName)?.sourceTopic
    return sourceTopic === undefined ? `${this.applicationId}-${storeName}-changelog` : this.physical(sourceTopic)
  }
}
