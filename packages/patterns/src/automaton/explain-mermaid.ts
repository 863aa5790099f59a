/** An automaton as a Mermaid flowchart: thick arrows take the event, dotted ones pass it over, thin ones go on with it. */

import type { Automaton, EdgeAction, StateKind } from './automaton.ts'
import { conditionText } from './condition-text.ts'

const ARROWS: Record<EdgeAction, string> = { take: '==>', ignore: '-.->', proceed: '-->' }

const SHAPES: Record<StateKind, readonly [string, string]> = {
  start: ['([', '])'],
  normal: ['[', ']'],
  pending: ['[/', '/]'],
  absence: ['[/', '/]'],
  stop: ['{{', '}}'],
  final: ['(((', ')))'],
}

/** The automaton as Mermaid source; states are numbered as in the automaton. */
export function explainMermaid(automaton: Automaton): string {
  const lines = ['flowchart LR']
  automaton.states.forEach(({ name, kind, gapMs }, i) => {
    const [open, close] = SHAPES[kind]
    const sign = kind === 'absence' ? 'no ' : ''
    const wait = gapMs === undefined ? '' : ` ${kind === 'absence' ? 'for' : '≤'} ${gapMs} ms`
    const label = kind === 'final' ? 'match' : `${sign}${name}${wait}`
    lines.push(`  s${i}${open}${quoted(label)}${close}`)
  })
  automaton.states.forEach(({ kind, edges, gapMs, goesOn }, i) => {
    // A stop state's edge to itself says nothing: no run ever gets to take it.
    if (kind === 'stop') return
    for (const { action, to, when } of edges) {
      lines.push(`  s${i} ${ARROWS[action]}|${quoted(`${action}: ${conditionText(when)}`)}| s${to}`)
    }
    if (goesOn !== undefined) lines.push(`  s${i} -->|${quoted(`after ${gapMs} ms`)}| s${goesOn}`)
  })
  return `${lines.join('\n')}\n`
}

/** Mermaid has no escape for a quote but its entity. */
function quoted(text: string): string {
  return `"${text.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')}"`
}
