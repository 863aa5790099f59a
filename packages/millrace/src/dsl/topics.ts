/** How the DSL takes topics: a name, a typed topic, several of one type, or a pattern. */

import type { Serde } from '../record/serde.ts'
import type { Topic } from '../record/topic.ts'

/** One topic: typed by a `topic(…)`, or by the options when it is a name alone. */
export type TopicInput<K, V> = string | Topic<K, V>

export interface TopicSerdes<K, V> {
  readonly key?: Serde<K> | undefined
  readonly value?: Serde<V> | undefined
}

export function topicName(topic: TopicInput<never, never> | string | { readonly name: string }): string {
  return typeof topic === 'string' ? topic : topic.name
}

/** The serdes to read a topic with: the options', else the topic's own. */
export function withTopicSerdes<K, V, O extends TopicSerdes<K, V>>(topic: TopicInput<K, V>, options: O): O {
  if (typeof topic === 'string') return options
  return { ...options, key: options.key ?? topic.key, value: options.value ?? topic.value }
}
