import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { JavaHashSet } from './java-hash-set.ts'

/** Keys in the order added, and in the order in which Java 17 walked them; one set, cleared in between. */
const rounds: readonly (readonly [added: string, walked: string])[] = JSON.parse(
  readFileSync(new URL('fixtures/java-hash-set.json', import.meta.url), 'utf8'),
)

it('walks byte keys as java.util.HashSet did, its table growing and staying large', () => {
  const set = new JavaHashSet()
  for (const [added, walked] of rounds) {
    for (const key of added.split(' ')) set.add(Buffer.from(key, 'hex').toString('latin1'))
    const order = set.keys().map((key) => Buffer.from(key, 'latin1').toString('hex'))
    expect(order.join(' ')).toBe(walked)
    set.clear()
  }
})
