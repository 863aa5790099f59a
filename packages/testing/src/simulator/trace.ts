/**
 * What happened in a run, one line an event: the same seed gives the same bytes. Always hashed, kept only when asked for.
 */

export class Trace {
  readonly lines: string[] | undefined
  #hash = 0x811c9dc5
  count = 0

  constructor(keep: boolean) {
    this.lines = keep ? [] : undefined
  }

  add(at: number, who: string, what: string): void {
    const line = `${at.toFixed(3)} ${who} ${what}`
    this.count++
    for (let i = 0; i < line.length; i++) this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), 0x01000193) >>> 0
    this.lines?.push(line)
  }

  /** FNV-1a of all lines. */
  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0')
  }
}
