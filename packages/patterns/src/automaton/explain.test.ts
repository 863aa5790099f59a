import { describe, expect, it } from 'vitest'
import { anyOf } from '../pattern/choice.ts'
import { pattern } from '../pattern/pattern.ts'
import { compile } from './compile.ts'
import { explainMermaid } from './explain-mermaid.ts'
import { explainText } from './explain-text.ts'

const isA = (event: string): boolean => event === 'a'
const isB = (event: string): boolean => event === 'b'

describe('explain', () => {
  const automaton = compile(
    pattern<string>().begin('a', isA).notFollowedBy('reset').followedBy('b', isB).oneOrMore().within('1 s').definition,
  )

  it('gives the automaton as text, edges in the order they are tried', () => {
    expect(explainText(automaton)).toMatchInlineSnapshot(`
      "window 1000 ms, exclusive
      a (start)
        take → b:1  when isA
      b:1 (normal)
        take → b  when isB
        ignore → b:1  when not (isB)
        proceed → reset  when any event
      b (normal)
        proceed → $endState$  when any event
        take → b  when isB
        ignore → b:0  when not (isB)
      reset (stop)
        take → reset  when any event
      $endState$ (final)
      b:0 (normal)
        take → b  when isB
        ignore → b:0  when not (isB)
      "
    `)
  })

  it('shows an absence, which time ends, and what a choice waits for', () => {
    const start = pattern<string>().begin('a', isA).absent('quiet', isB, 5)
    expect(explainText(compile(start.definition))).toMatchInlineSnapshot(`
      "no window
      a (start)
        take → quiet  when isA
      quiet (absence)
        proceed → quiet:0  when isB
        ignore → quiet  when not (isB)
        5 ms after the event before → $endState$
      quiet:0 (stop)
        take → quiet:0  when isB
      $endState$ (final)
      "
    `)
    expect(explainMermaid(compile(start.definition))).toMatchInlineSnapshot(`
      "flowchart LR
        s0(["a"])
        s1[/"no quiet for 5 ms"/]
        s2{{"quiet:0"}}
        s3((("match")))
        s0 ==>|"take: isA"| s1
        s1 -->|"proceed: isB"| s2
        s1 -.->|"ignore: not (isB)"| s1
        s1 -->|"after 5 ms"| s3
      "
    `)
    const choice = anyOf(pattern<string>().begin('a', isA), pattern<string>().begin('b', isB))
    expect(explainText(compile(pattern<string>().begin('s').followedBy(choice).definition))).toMatchInlineSnapshot(`
      "no window
      s (start)
        take → a|b  when any event
      a|b (normal)
        proceed → a  when any event
        proceed → b  when any event
        ignore → a|b  when not ((isA) or (isB))
      a (normal)
        take → $endState$  when isA
      b (normal)
        take → $endState$  when isB
      $endState$ (final)
      "
    `)
  })

  it('gives it as Mermaid', () => {
    expect(explainMermaid(automaton)).toMatchInlineSnapshot(`
      "flowchart LR
        s0(["a"])
        s1["b:1"]
        s2["b"]
        s3{{"reset"}}
        s4((("match")))
        s5["b:0"]
        s0 ==>|"take: isA"| s1
        s1 ==>|"take: isB"| s2
        s1 -.->|"ignore: not (isB)"| s1
        s1 -->|"proceed: any event"| s3
        s2 -->|"proceed: any event"| s4
        s2 ==>|"take: isB"| s2
        s2 -.->|"ignore: not (isB)"| s5
        s5 ==>|"take: isB"| s2
        s5 -.->|"ignore: not (isB)"| s5
      "
    `)
  })

  it('escapes what Mermaid would take for syntax', () => {
    const quoting = compile(pattern<string>().begin('a', (event) => event === '<\'">').definition)
    const [, state] = explainMermaid(quoting).split('\n')
    expect(state).toBe('  s0(["a"])')
    expect(explainMermaid(quoting)).toContain('#quot;')
    expect(explainMermaid(quoting).split('"')).toHaveLength(7)
  })
})
