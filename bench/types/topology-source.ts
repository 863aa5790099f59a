/**
 * Writes the TypeScript of a topology of a given number of operators, as a user would: typed topics, inferred callbacks,
 * a mix of stateless operators, aggregations, windows, joins and tables. Deterministic.
 */

type Step = (index: number) => readonly string[]

/** Each step adds as many operators as it has lines, and leaves a stream of `Order` in `s${index}`. */
const STEPS: readonly Step[] = [
  (i) => [`const s${i} = s${i - 1}.filter((order) => order.amount >= ${i})`],
  (i) => [
    `const m${i} = s${i - 1}.mapValues((order) => ({ ...order, cents${i}: order.amount * 100 }))`,
    `const s${i} = m${i}.mapValues(({ cents${i}, ...order }) => ({ ...order, amount: cents${i} / 100 }))`,
  ],
  (i) => [`const s${i} = s${i - 1}.selectKey((order, user) => order.region + user.length)`],
  (i) => [
    `const g${i} = s${i - 1}.groupByKey({ name: 'g${i}' })`,
    `const t${i} = g${i}.aggregate({ init: () => ({ n: 0, sum: 0 }), add: (acc, order) => ({ n: acc.n + 1, sum: acc.sum + order.amount }), store: 't${i}' })`,
    `const s${i} = s${i - 1}.join(t${i}, (order, total) => ({ ...order, amount: order.amount / total.n }))`,
  ],
  (i) => [
    `const c${i} = s${i - 1}.groupBy((order) => order.region).windowedBy(tumbling('1 hour', { grace: '15 min' })).count({ store: 'c${i}' })`,
    `c${i}.toStream().map((n, { key, window }) => [key, { n, start: window.start }]).to('out${i}', { value: json<{ n: number | null; start: number }>() })`,
    `const s${i} = s${i - 1}.filterNot((order) => order.region === '')`,
  ],
  (i) => [
    `const f${i} = s${i - 1}.flatMap((order, user) => [[user, order.amount], [user, order.id]])`,
    `const r${i} = f${i}.groupByKey({ value: json<number>() }).reduce((a, b) => a + b, { store: 'r${i}' })`,
    `const s${i} = s${i - 1}.leftJoin(r${i}, (order, sum) => ({ ...order, amount: sum ?? 0 }))`,
  ],
  (i) => [
    `const { small: a${i}, rest: b${i} } = s${i - 1}.split({ name: 'p${i}-' }).branch((order) => order.amount < 10, { name: 'small' }).defaultBranch({ name: 'rest' })`,
    `const s${i} = a${i}.merge(b${i})`,
  ],
  (i) => [
    `const s${i} = s${i - 1}.join(users, { key: (order) => order.user, join: (order, user) => ({ ...order, region: user.region }) })`,
  ],
]

/** Source text that imports `millrace` and has `operators` operators. */
export function topologySource(operators: number): string {
  const lines = [
    "import { json, StreamsBuilder, string, topic, tumbling } from 'millrace'",
    'interface Order { readonly id: number; readonly user: string; readonly amount: number; readonly region: string }',
    'interface User { readonly name: string; readonly region: string }',
    'const builder = new StreamsBuilder()',
    "const users = builder.globalTable(topic('users', { key: string(), value: json<User>() }))",
    "const s0 = builder.stream(topic('orders', { key: string(), value: json<Order>() }))",
  ]
  let done = 0
  let index = 0
  while (done < operators) {
    index++
    const step = STEPS[(index - 1) % STEPS.length](index)
    const fitting = done + step.length <= operators ? step : STEPS[0](index)
    lines.push(...fitting)
    done += fitting.length
  }
  // A wrong inference on the way would show here: the end must still be orders under a string.
  lines.push(`s${index}.to(topic('end', { key: string(), value: json<Order>() }))`)
  lines.push('export const topology = builder.build()')
  return `${lines.join('\n')}\n`
}
