/**
 * Names that an operator makes of the user's name, and of generated stores, with Kafka Streams' counting: an index is
 * burned for each node whether its name is used or not (reference 2.2).
 */

import type { Graph } from '../plan/graph.ts'

/** `<user's name><suffix>`, else generated; burns an index in both cases. */
export function suffixedName(graph: Graph, userName: string | undefined, suffix: string, prefix: string): string {
  return graph.nameOr(userName === undefined ? undefined : userName + suffix, prefix)
}

/**
 * The user's name for a store, else generated (only then an index is burned). Generated names are noted for
 * explicit-naming mode, with their changelog's.
 *
 * @param prefix before `STATE-STORE-`
 */
export function storeNameOr(graph: Graph, userName: string | undefined, prefix: string, logging: boolean): string {
  if (userName !== undefined) return userName
  const name = graph.newStoreName(prefix)
  noteImplicitStore(graph, name, logging)
  return name
}

/** Notes a store whose name is not the user's, and its changelog. */
export function noteImplicitStore(graph: Graph, name: string, logging: boolean): void {
  graph.noteImplicitName('state store', name)
  if (logging) graph.noteImplicitName('changelog topic', `${name}-changelog`)
}
