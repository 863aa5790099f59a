/** An automaton as text: a line for each state, its edges below it in the order they are tried. */

import type { Automaton } from './automaton.ts'
import { conditionText } from './condition-text.ts'

/** The automaton as text, for a terminal. */
export function explainText(automaton: Automaton): string {
  const lines = [automaton.windowMs > 0 ? `window ${automaton.windowMs} ms, exclusive` : 'no window']
  for (const { name, kind, gapMs, goesOn, edges } of automaton.states) {
    const wait = gapMs === undefined || goesOn !== undefined ? '' : `, at most ${gapMs} ms since the event before`
    lines.push(`${name} (${kind}${wait})`)
    for (const { action, to, when } of edges) {
      lines.push(`  ${action} → ${automaton.states[to].name}  when ${conditionText(when)}`)
    }
    if (goesOn !== undefined) lines.push(`  ${gapMs} ms after the event before → ${automaton.states[goesOn].name}`)
  }
  return `${lines.join('\n')}\n`
}
