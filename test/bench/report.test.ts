/** Where the benches' report puts its section: it must leave the rest of the file alone, however often it is written. */

import { describe, expect, it } from 'vitest'
import { withSection } from '../../bench/peers/report.ts'

describe('withSection', () => {
  it('adds the section, then replaces it, and keeps what is around it', () => {
    const once = withSection('# Benches\n\ntext\n', 'old')
    expect(once).toMatch(/^# Benches\n\ntext\n\n<!--.*-->\nold\n<!--.*-->\n$/)
    const twice = withSection(`${once}\nafter\n`, 'new')
    expect(twice).toContain('\nnew\n')
    expect(twice).not.toContain('old')
    expect(twice).toMatch(/^# Benches\n\ntext\n/)
    expect(twice.endsWith('\nafter\n')).toBe(true)
    expect(withSection(twice, 'new')).toBe(twice)
  })
})
