/** A topic of text keys and JSON values. */

import { json, string, type Topic, topic } from 'millrace'

export function jsonTopic<T>(name: string): Topic<string, T> {
  return topic(name, { key: string(), value: json<T>() })
}
