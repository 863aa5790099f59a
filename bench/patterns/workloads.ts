/** The patterns of the bench, as Flink's peer has them: 0, then 1 (once, or in a loop), then 2, of ten types, within 20 s. */

import { type Pattern, pattern } from '@millrace/patterns'
import type { Tick } from './ticks.ts'

const type = (wanted: number) => (tick: Tick) => tick.type === wanted

export type Workload = 'sequence' | 'loop'

export const PATTERNS: Readonly<Record<Workload, Pattern<Tick, unknown>>> = {
  sequence: pattern<Tick>().begin('a', type(0)).followedBy('b', type(1)).followedBy('c', type(2)).within('20 s'),
  loop: pattern<Tick>()
    .begin('a', type(0))
    .followedBy('b', type(1))
    .oneOrMore()
    .followedBy('c', type(2))
    .within('20 s'),
}
