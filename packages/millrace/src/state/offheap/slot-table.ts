/**
 * An open-addressing hash of references that grows without ever copying itself whole: parts of at most 16,384 slots, chosen
 * by a key's highest hash bits, and a full part is split in two (extendible hashing). A slot is two 32-bit numbers, the hash
 * and the reference; 0 is empty.
 *
 * It knows no keys: who looks for one walks the slots from `home` on and compares.
 */

const FIRST_SLOTS = 8
const MOST_SLOTS = 16_384
const MOST_DEPTH = 24
/** Behind a part's slots: how many are taken, and how many hash bits it stands for. */
const TAKEN = 0
const DEPTH = 1

export class SlotTable {
  #parts: Int32Array[] = [emptyPart(FIRST_SLOTS, 0)]
  #depth = 0
  size: number = 0

  /** The part a hash belongs to; valid until something is added. */
  part(hash: number): Int32Array {
    return this.#parts[(hash >>> 1) >>> (31 - this.#depth)]
  }

  /** The first slot to look at, as a position in the part; the next one is `next`. */
  static home(part: Int32Array, hash: number): number {
    return (hash & ((part.length >> 1) - 2)) << 1
  }

  static next(part: Int32Array, at: number): number {
    return at + 2 < part.length - 2 ? at + 2 : 0
  }

  /** Fills the empty slot that a search ended at. */
  add(part: Int32Array, at: number, hash: number, reference: number): void {
    part[at] = hash
    part[at + 1] = reference
    this.size++
    const slots = (part.length >> 1) - 1
    const taken = ++part[part.length - 2 + TAKEN]
    if (taken * 5 <= slots * 4) return
    if (slots < MOST_SLOTS || part[part.length - 2 + DEPTH] >= MOST_DEPTH) this.#grow(part, hash)
    else this.#split(part, hash)
  }

  /** Empties a slot: those behind it move up, so that no search ends too early. */
  remove(part: Int32Array, at: number): void {
    const mask = (part.length >> 1) - 2
    let hole = at >> 1
    let next = (hole + 1) & mask
    while (part[(next << 1) + 1] !== 0) {
      const home = part[next << 1] & mask
      // Cyclically: it may move unless its home lies between the hole and itself.
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        part[hole << 1] = part[next << 1]
        part[(hole << 1) + 1] = part[(next << 1) + 1]
        hole = next
      }
      next = (next + 1) & mask
    }
    part[(hole << 1) + 1] = 0
    part[part.length - 2 + TAKEN]--
    this.size--
  }

  /** The part that holds the hashes from this one on, and the first hash behind it; hashes as unsigned numbers. */
  partFrom(hash: number): { readonly part: Int32Array; readonly end: number } {
    const part = this.part(hash)
    return { part, end: hash + 2 ** (32 - part[part.length - 2 + DEPTH]) }
  }

  *references(): Generator<number> {
    for (let hash = 0; hash < 2 ** 32; ) {
      const { part, end } = this.partFrom(hash)
      for (let at = 1; at < part.length - 2; at += 2) if (part[at] !== 0) yield part[at]
      hash = end
    }
  }

  clear(): void {
    for (let hash = 0; hash < 2 ** 32; ) {
      const { part, end } = this.partFrom(hash)
      ;(part.buffer as ArrayBuffer).transfer(0)
      hash = end
    }
    this.#parts = [emptyPart(FIRST_SLOTS, 0)]
    this.#depth = 0
    this.size = 0
  }

  #grow(part: Int32Array, hash: number): void {
    const depth = part[part.length - 2 + DEPTH]
    const larger = emptyPart(part.length - 2, depth)
    fill(part, larger, larger, 0)
    this.#replace(hash, depth, larger, larger)
    ;(part.buffer as ArrayBuffer).transfer(0)
  }

  #split(part: Int32Array, hash: number): void {
    const depth = part[part.length - 2 + DEPTH]
    const low = emptyPart(MOST_SLOTS, depth + 1)
    const high = emptyPart(MOST_SLOTS, depth + 1)
    fill(part, low, high, 31 - depth)
    if (depth === this.#depth) {
      this.#parts = this.#parts.flatMap((each) => [each, each])
      this.#depth++
    }
    this.#replace(hash, depth, low, high)
    ;(part.buffer as ArrayBuffer).transfer(0)
  }

  /** Puts parts in the place of the one of this depth that the hash belonged to. */
  #replace(hash: number, depth: number, low: Int32Array, high: Int32Array): void {
    const index = (hash >>> 1) >>> (31 - this.#depth)
    const span = 1 << (this.#depth - depth)
    const first = index - (index % span)
    for (let at = 0; at < span; at++) this.#parts[first + at] = at < span / 2 ? low : high
  }
}

function emptyPart(slots: number, depth: number): Int32Array {
  const part = new Int32Array(2 * slots + 2)
  part[part.length - 2 + DEPTH] = depth
  return part
}

/** Spreads a part's slots over two by a bit of the hash; both may be the same. */
function fill(part: Int32Array, low: Int32Array, high: Int32Array, bit: number): void {
  for (let at = 0; at < part.length - 2; at += 2) {
    const reference = part[at + 1]
    if (reference === 0) continue
    const hash = part[at]
    const into = ((hash >>> bit) & 1) === 0 ? low : high
    let to = SlotTable.home(into, hash)
    while (into[to + 1] !== 0) to = SlotTable.next(into, to)
    into[to] = hash
    into[to + 1] = reference
    into[into.length - 2 + TAKEN]++
  }
}
