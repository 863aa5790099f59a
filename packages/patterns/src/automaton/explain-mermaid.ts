/** An automaton as a Mermaid flowchart: thick arrows take the event, dotted ones pass it over, thin ones go on with it. */

import type { Automaton, EdgeAction, StateKind } from './automaton.ts'
import { conditionText } from './condition-text.ts'

const ARROWS: Record<EdgeAction, string> = { take: '==>', ignore: '-.->', proceed: '-->' }

const SHAPES: Record<StateKind, readonly [string, string]> = {
  start: ['([', '])'],
  normal: ['[', ']'],
  pending: ['[/', '/]'],
  stop: ['{{', '}}'],
  final: ['(((', ')))'],
}

/** The automaton as Mermaid source; states are numbered as in the automaton. */
export function explainMermaid(automaton: Automaton): string {
  const lines = ['flowchart LR']
  automaton.states.forEach(({ name, kind, gapMs }, i) => {
    const [open, close] = SHAPES[kind]
    const label = kind === 'final' ? 'match' : gapMs === undefined ? name : `${name} ≤ ${gapMs} ms`
    lines.push(`  s${i}${open}${quoted(label)}${close}`)
  })
  automaton.states.forEach(({ kind, edges }, i) => {
    // A stop state's edge to itself says nothing: no run ever gets to take it.
    if (kind === 'stop') return
    for (const { action, to, when } of edges) {
      lines.push(`  s${i} ${ARROWS[action]}|${quoted(`${action}: ${conditionText(when)}`)}| s${to}`)
    }
  })
  return `${lines.join('\n')}\n`
}

/** Mermaid has no escape for a quote but its entity. */
function quoted(text: string): string {
  return `"${text.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')}"`
}
