/**
 * From handles to façades: what lets an operator of anybody's be used as a method, through `apply`.
 *
 * The one place that knows all façades; they know each other only through it, or by their types.
 */

import type {
  CogroupedHandle,
  GlobalTableHandle,
  GroupedStreamHandle,
  GroupedTableHandle,
  StreamHandle,
  TableHandle,
  WindowedStreamHandle,
} from '../plan/handles.ts'
import { CogroupedKStream } from './cogrouped-kstream.ts'
import { GlobalKTable } from './global-ktable.ts'
import { KGroupedStream } from './kgrouped-stream.ts'
import { KGroupedTable } from './kgrouped-table.ts'
import { KStream } from './kstream.ts'
import { KTable } from './ktable.ts'
import { TimeWindowedKStream } from './time-windowed-kstream.ts'

/** The façade of a handle; anything else stays as it is. */
export type Facade<H> =
  H extends StreamHandle<infer K, infer V>
    ? KStream<K, V>
    : H extends TableHandle<infer K, infer V>
      ? KTable<K, V>
      : H extends GlobalTableHandle<infer K, infer V>
        ? GlobalKTable<K, V>
        : H extends GroupedStreamHandle<infer K, infer V>
          ? KGroupedStream<K, V>
          : H extends GroupedTableHandle<infer K, infer V>
            ? KGroupedTable<K, V>
            : H extends WindowedStreamHandle<infer K, infer V>
              ? TimeWindowedKStream<K, V>
              : H extends CogroupedHandle<infer K, infer V>
                ? CogroupedKStream<K, V>
                : H

const FACADES: Record<string, (handle: never) => unknown> = {
  stream: (handle: StreamHandle<unknown, unknown>) => new KStream(handle),
  table: (handle: TableHandle<unknown, unknown>) => new KTable(handle),
  'global-table': (handle: GlobalTableHandle<unknown, unknown>) => new GlobalKTable(handle),
  'grouped-stream': (handle: GroupedStreamHandle<unknown, unknown>) => new KGroupedStream(handle),
  'grouped-table': (handle: GroupedTableHandle<unknown, unknown>) => new KGroupedTable(handle),
  'windowed-stream': (handle: WindowedStreamHandle<unknown, unknown>) => new TimeWindowedKStream(handle),
  'cogrouped-stream': (handle: CogroupedHandle<unknown, unknown>) => new CogroupedKStream(handle),
}

/** What `apply` gives: the façade of the handle that the operator gave. */
export function wrap<H>(handle: H): Facade<H> {
  const kind = (handle as { kind?: string } | undefined)?.kind
  const facade = kind === undefined ? undefined : FACADES[kind]
  return (facade === undefined ? handle : facade(handle as never)) as Facade<H>
}
