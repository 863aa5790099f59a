/**
 * A repartition's source need not decode values where each node below it only asks whether there is one (`count`): the
 * operator that wrote the topic has seen to it that they can be decoded.
 */

import type { GraphNode } from './graph-node.ts'

export function decideUnreadValues(nodes: readonly GraphNode[]): void {
  for (const { facts, children, decisions } of nodes) {
    decisions.valueUnread = facts.repartition === true && children.every((child) => child.facts.readsNoValue === true)
  }
}
