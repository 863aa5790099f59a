/**
 * An open-addressing hash of references that is filled, read and cleared at once: nothing is ever removed from it. A slot is
 * two 32-bit numbers, the hash and the reference; 0 is empty.
 *
 * It knows no keys: who looks for one walks the slots from `home` on and compares.
 */

const FIRST_SLOTS = 32

export class JournalIndex {
  #slots = new Int32Array(2 * FIRST_SLOTS)
  /** Keys in it. */
  size: number = 0

  /** The first slot to look at. */
  home(hash: number): number {
    return (hash << 1) & (this.#slots.length - 1)
  }

  next(at: number): number {
    return (at + 2) & (this.#slots.length - 1)
  }

  hashAt(at: number): number {
    return this.#slots[at]
  }

  /** 0: nothing is there, nor behind it. */
  referenceAt(at: number): number {
    return this.#slots[at + 1]
  }

  /** Fills the empty slot that a search ended at. */
  add(at: number, hash: number, reference: number): void {
    this.#slots[at] = hash
    this.#slots[at + 1] = reference
    this.size++
    if (this.size * 10 > this.#slots.length * 3) this.#grow()
  }

  /** Gives a slot's key another reference. */
  move(at: number, reference: number): void {
    this.#slots[at + 1] = reference
  }

  has(hash: number, reference: number): boolean {
    for (let at = this.home(hash); ; at = this.next(at)) {
      const found = this.#slots[at + 1]
      if (found === 0) return false
      if (found === reference) return true
    }
  }

  /** Keeps room for about as much as there was. */
  clear(): void {
    let slots = this.#slots.length >> 1
    while (slots > FIRST_SLOTS && slots > this.size * 8) slots >>= 1
    if (2 * slots === this.#slots.length) this.#slots.fill(0)
    else this.#slots = new Int32Array(2 * slots)
    this.size = 0
  }

  #grow(): void {
    const before = this.#slots
    const slots = new Int32Array(2 * before.length)
    this.#slots = slots
    for (let from = 0; from < before.length; from += 2) {
      const reference = before[from + 1]
      if (reference === 0) continue
      const hash = before[from]
      let at = this.home(hash)
      while (slots[at + 1] !== 0) at = this.next(at)
      slots[at] = hash
      slots[at + 1] = reference
    }
  }
}
