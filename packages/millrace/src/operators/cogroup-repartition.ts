/**
 * The repartitions of cogrouped streams. As in Kafka Streams each group of a cogroup has one of its own, made by the first
 * aggregation of the cogroup and shared by the later ones (windowed or not), but not with other aggregations of the group;
 * the indexes are burned by each.
 */

import type { GraphNode } from '../plan/graph-node.ts'
import type { CogroupedHandle, CogroupMember } from '../plan/handles.ts'
import { newRepartitionNode } from '../plan/repartition-node.ts'

export interface CogroupParent {
  readonly node: GraphNode
  readonly sourceNames: ReadonlySet<string>
}

/** By the cogroup's first member, which all that grew from it have in common, then by group. */
const repartitions = new WeakMap<object, Map<object, GraphNode>>()

/** What each member's aggregation attaches to, in the order of members. */
export function cogroupParents<K, A>(
  cogrouped: CogroupedHandle<K, A>,
  storeName: string,
  storeNamedByUser: boolean,
): CogroupParent[] {
  const { graph, members } = cogrouped
  const known = repartitions.get(members[0]) ?? new Map<object, GraphNode>()
  repartitions.set(members[0], known)
  return members.map(({ group }: CogroupMember<K, A>): CogroupParent => {
    if (!group.repartitionRequired) return { node: group.node, sourceNames: group.sourceNames }
    const fresh = newRepartitionNode(graph, {
      prefix: group.userName ?? storeName,
      keySerde: group.keySerde,
      valueSerde: group.valueSerde,
      userNamed: group.userName !== undefined || storeNamedByUser,
    })
    let node = known.get(group)
    if (node === undefined) {
      node = graph.add(group.node, fresh)
      known.set(group, node)
    }
    return { node, sourceNames: new Set([node.name]) }
  })
}
