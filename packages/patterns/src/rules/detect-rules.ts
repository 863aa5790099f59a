/**
 * `detectRules`
 *
 * Meaning: looks for many patterns that are data, in a table of rules that every worker holds whole. Rules are added,
 * changed and removed while the app runs. A new version starts fresh; what the old one had begun may still match, within
 * its window, then it is forgotten. A removed rule ends the same way.
 *
 * Nulls, late and out-of-order events, timestamps: as `detect`, without grace.
 *
 * A change is seen by each task within `reloadEvery`, not at a certain record: which events a new rule sees first is not the
 * same in every run.
 */

import { type Duration, durationMs, type GlobalKTable, json, keyValueStore, type Serde } from 'millrace'
import { deferSerde, type GroupedStreamHandle, resolveSerde } from 'millrace/operator'
import { addDetection, type DetectionOptions, type DetectionOutputs } from '../detect/detection.ts'
import type { Predicates, Rule } from './rule.ts'
import { type KnownVersion, type RuleMatch, RuleSet, type RuleSubject } from './rule-set.ts'

export interface DetectRulesOptions<E> extends DetectionOptions {
  /** What rules may name; default none. */
  readonly predicates?: Predicates<E>
  /** How often the table of rules is looked at. Default 1 s. */
  readonly reloadEvery?: Duration
}

/**
 * Finds the patterns of a table of rules in a grouped stream.
 *
 * @example
 * const rules = builder.globalTable(topic('rules', { key: string(), value: json<Rule>() }))
 * const { matches } = payments.groupByKey().apply(detectRules(rules, { name: 'fraud' }))
 */
export function detectRules<E>(
  rules: GlobalKTable<string, Rule>,
  options: DetectRulesOptions<E> = {},
): <K>(group: GroupedStreamHandle<K, E>) => DetectionOutputs<K, E, RuleMatch<E>, RuleMatch<E>> {
  const reloadMs = durationMs(options.reloadEvery ?? 1_000, 'reloadEvery')
  return <K>(group: GroupedStreamHandle<K, E>) => {
    let versionsStore = ''
    return addDetection<K, RuleSubject<K>, E, RuleMatch<E>, RuleMatch<E>>(group, options, {
      subjectSerde: () => ruleSubjectSerde(group.keySerde),
      time: 'event',
      graceMs: 0,
      wakeEveryMs: 0,
      watch: () =>
        new RuleSet(
          { rulesStore: rules.storeName, versionsStore },
          options.predicates ?? ({} as Predicates<E>),
          reloadMs,
        ),
      stores(storeName) {
        versionsStore = `${storeName}-versions`
        return [
          keyValueStore<string, KnownVersion>({
            name: versionsStore,
            valueSerde: json<KnownVersion>(),
            persistent: options.inMemory !== true,
            logging: options.logging ?? true,
          }),
        ]
      },
    })
  }
}

/** Bytes: length of the version, version, key. */
function ruleSubjectSerde<K>(keySerde: Serde<K> | undefined): Serde<RuleSubject<K>> {
  return deferSerde('rule and key', (fallback) => {
    const inner = resolveSerde(keySerde, fallback)
    return {
      name: `rule and ${inner.name}`,
      encode({ version, key }, context) {
        const name = Buffer.from(version)
        const length = Buffer.alloc(2)
        length.writeUInt16BE(name.length)
        return Buffer.concat([length, name, inner.encode(key, context)])
      },
      decode(bytes, start, end, context) {
        const at = start + 2 + bytes.readUInt16BE(start)
        return { version: bytes.toString('utf8', start + 2, at), key: inner.decode(bytes, at, end, context) }
      },
    }
  })
}
