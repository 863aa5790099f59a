/** What the examples in packages/millrace/src/log talk about; see `dsl.ts`. */
import type { Log, Topic } from 'millrace'

export declare const log: Log
export declare const flights: Topic<string, { readonly delay: number }>
export declare const counts: Topic<string, number>
