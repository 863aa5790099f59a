/**
 * `node bench/micro/frames.ts FILE.cpuprofile [count] [below]`: the functions that a CPU profile spends its time in, by own
 * time and by time with callees. Idle time is left out; with `below` only calls below that function are looked at.
 */

import { readFileSync } from 'node:fs'

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const [file, count = '25', below] = process.argv.slice(2)
const profile: Profile = JSON.parse(readFileSync(file, 'utf8'))
const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
const ownTime = new Map<number, number>()
for (const [index, id] of profile.samples.entries()) {
  const name = nodes.get(id)?.callFrame.functionName
  if (name === '(idle)' || name === '(program)') continue
  ownTime.set(id, (ownTime.get(id) ?? 0) + profile.timeDeltas[index])
}

const own = new Map<string, number>()
const whole = new Map<string, number>()

function label({ callFrame }: ProfileNode): string {
  const place = callFrame.url.split('/').slice(-2).join('/')
  return `${callFrame.functionName || '(anonymous)'} ${place}${place === '' ? '' : `:${callFrame.lineNumber + 1}`}`
}

/** Adds up a subtree; a function that is on the stack already is not counted twice. */
function visit(node: ProfileNode, above: ReadonlySet<string>): number {
  const name = label(node)
  let time = ownTime.get(node.id) ?? 0
  own.set(name, (own.get(name) ?? 0) + time)
  const inside = above.has(name) ? above : new Set([...above, name])
  for (const child of node.children ?? []) time += visit(nodes.get(child) as ProfileNode, inside)
  if (!above.has(name)) whole.set(name, (whole.get(name) ?? 0) + time)
  return time
}

/** The outermost calls of `below`. */
function roots(node: ProfileNode): ProfileNode[] {
  if (below === undefined || node.callFrame.functionName === below) return [node]
  return (node.children ?? []).flatMap((child) => roots(nodes.get(child) as ProfileNode))
}

let total = 0
for (const start of roots(profile.nodes[0])) total += visit(start, new Set())
for (const [heading, times] of [
  ['own', own],
  ['with callees', whole],
] as const) {
  console.log(`\n${heading} (of ${(total / 1e6).toFixed(2)} s)`)
  const top = [...times].sort((a, b) => b[1] - a[1]).slice(0, Number(count))
  for (const [name, time] of top) console.log(`${((time / total) * 100).toFixed(1).padStart(5)} %  ${name}`)
}
