/**
 * A repartition's source need not decode values where each node below it only asks whether there is one (`count`): the
 * topic is the application's own. A value that cannot be decoded counts like the others.
 */

import type { GraphNode } from './graph-node.ts'

export function decideUnreadValues(nodes: readonly GraphNode[]): void {
  for (const { facts, children, decisions } of nodes) {
    const unread = children.length > 0 && children.every((child) => child.facts.readsNoValue === true)
    decisions.valueUnread = facts.repartition === true && unread
  }
}
