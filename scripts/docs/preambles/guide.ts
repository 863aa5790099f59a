/** What the "ts" blocks of README.md and of the guides talk about beyond what they declare; see `dsl.ts`. */
import type { StreamsApp, StreamsBuilder, Topic } from 'millrace'
import type { NamedOptions, StreamHandle } from 'millrace/operator'

export declare const builder: StreamsBuilder
export declare const app: StreamsApp
export declare const lines: Topic<string, string>
export declare const counts: Topic<string, number>
export declare const brokers: readonly string[]
export declare function expect(actual: unknown): { toEqual(expected: unknown): void }
export declare function sample<K, V>(stream: StreamHandle<K, V>, n: number, options?: NamedOptions): StreamHandle<K, V>
