/** Bars as SVG text: one group a pipeline, one bar a peer. Knows nothing of what it draws. */

export interface Bar {
  readonly group: string
  readonly label: string
  readonly value: number
  readonly text: string
}

const COLOURS = ['#2f6f4f', '#b5793a', '#5b6b8c', '#8c5b7a', '#777777']
const WIDTH = 760
const LEFT = 70
const BAR = 16
const GAP = 14
const TEXT = 110
const TOP = 54

/** @param title first line; bars of one group stay together, in the order given. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const labels = [...new Set(bars.map(({ label }) => label))]
  const longest = Math.max(...bars.map(({ value }) => value))
  const parts: string[] = [text(LEFT, 18, title, 'font-weight="600"')]
  for (const [index, label] of labels.entries()) {
    const x = LEFT + index * 150
    parts.push(rectangle(x, 28, 12, 12, COLOURS[index % COLOURS.length]), text(x + 17, 38, label))
  }
  let y = TOP
  let group: string | undefined
  for (const bar of bars) {
    if (bar.group !== group) {
      if (group !== undefined) y += GAP
      group = bar.group
      parts.push(text(LEFT - 8, y + BAR - 4, group, 'text-anchor="end" font-weight="600"'))
    }
    const width = Math.max(1, Math.round((bar.value / longest) * (WIDTH - LEFT - TEXT)))
    parts.push(rectangle(LEFT, y, width, BAR - 2, COLOURS[labels.indexOf(bar.label) % COLOURS.length]))
    parts.push(text(LEFT + width + 6, y + BAR - 4, bar.text))
    y += BAR
  }
  const height = y + GAP
  const style = 'font-family="system-ui, sans-serif" font-size="12" fill="#333333"'
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ${style}>`
  return `${open}\n<title>${escaped(title)}</title>\n${rectangle(0, 0, WIDTH, height, '#ffffff')}\n${parts.join('\n')}\n</svg>\n`
}

function rectangle(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${x}" y="${y}" ${more}>${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
