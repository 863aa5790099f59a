/**
 * Where the entries of a table lie: pages of 256 KiB outside the JavaScript heap, cut into blocks. A block is a header of
 * four bytes, the key, the value. Blocks that were freed are reused by size; their lists run through the blocks themselves.
 *
 * A reference is a 32-bit number: page and position in units of 8 bytes; 0 is none. It knows entries, not who refers to
 * them: emptying a page is its owner's work (`byte-table.ts`), which alone can change the references.
 */

import { MillraceError } from '../../record/errors.ts'

const PAGE_BYTES = 256 << 10
const FIRST_PAGE_BYTES = 2 << 10
const UNIT_BITS = 15
const UNIT_MASK = (1 << UNIT_BITS) - 1
const MOST_PAGES = 1 << (32 - UNIT_BITS)
const LEAST_BLOCK = 16
/** Up to here sizes go by 8 bytes, above by 1 KiB. */
const FINE_BYTES = 4 << 10
/** Larger blocks have a page of their own. */
const SHARED_BYTES = 64 << 10
const CLASSES = (FINE_BYTES >> 3) + (SHARED_BYTES >> 10) + 1

/** Header: key length in 10 bits, value length in 22. A key length of all ones: both follow in four bytes each. */
const KEY_BITS = 10
const LONG = (1 << KEY_BITS) - 1
const MOST_VALUE = (1 << 22) - 1
const FREE = 0xffffffff
/** Eight bytes at the end of a page that hold nothing. */
const FILLER = 0xfffffffe

const NO_BYTES = Buffer.alloc(0)
const NO_WORDS = new Uint32Array()

export class EntryArena {
  readonly #pages: Buffer[] = []
  readonly #words: Uint32Array[] = []
  /** Bytes in blocks that are in use, by page. */
  readonly #used: number[] = []
  readonly #unusedPages: number[] = []
  readonly #freeBlocks = new Int32Array(CLASSES)
  #current = -1
  /** Where the current page's untouched part begins, in bytes. */
  #top = 0
  /** Bytes of all pages. */
  bytes: number = 0
  /** Bytes of freed blocks. */
  freeBytes: number = 0

  /** What an entry takes. */
  static blockBytes(keyLength: number, valueLength: number): number {
    const header = keyLength < LONG && valueLength <= MOST_VALUE ? 4 : 12
    const bytes = header + keyLength + valueLength
    if (bytes <= LEAST_BLOCK) return LEAST_BLOCK
    if (bytes <= FINE_BYTES) return (bytes + 7) & ~7
    return bytes <= SHARED_BYTES ? (bytes + 1023) & ~1023 : Math.ceil(bytes / 4096) * 4096
  }

  /** The page that holds a reference's bytes. */
  page(reference: number): Buffer {
    return this.#pages[reference >>> UNIT_BITS]
  }

  /** Where its key begins in the page. */
  keyStart(reference: number): number {
    const unit = reference & UNIT_MASK
    const long = (this.#words[reference >>> UNIT_BITS][unit << 1] & LONG) === LONG
    return (unit << 3) + (long ? 12 : 4)
  }

  keyLength(reference: number): number {
    const words = this.#words[reference >>> UNIT_BITS]
    const at = (reference & UNIT_MASK) << 1
    const length = words[at] & LONG
    return length === LONG ? words[at + 1] : length
  }

  valueLength(reference: number): number {
    const words = this.#words[reference >>> UNIT_BITS]
    const at = (reference & UNIT_MASK) << 1
    return (words[at] & LONG) === LONG ? words[at + 2] : words[at] >>> KEY_BITS
  }

  hasKeyString(reference: number, key: string): boolean {
    const { length } = key
    if (this.keyLength(reference) !== length) return false
    const page = this.#pages[reference >>> UNIT_BITS]
    const start = this.keyStart(reference)
    for (let at = 0; at < length; at++) if (page[start + at] !== key.charCodeAt(at)) return false
    return true
  }

  hasKeyBytes(reference: number, bytes: Uint8Array, from: number, length: number): boolean {
    if (this.keyLength(reference) !== length) return false
    const page = this.#pages[reference >>> UNIT_BITS]
    const start = this.keyStart(reference)
    for (let at = 0; at < length; at++) if (page[start + at] !== bytes[from + at]) return false
    return true
  }

  /** A copy of the value. */
  value(reference: number): Buffer {
    const length = this.valueLength(reference)
    const start = this.keyStart(reference) + this.keyLength(reference)
    const value = Buffer.allocUnsafe(length)
    copy(this.#pages[reference >>> UNIT_BITS], start, value, 0, length)
    return value
  }

  /** Makes a block for an entry whose key and value lie one after the other in `bytes`. */
  add(bytes: Uint8Array, start: number, keyLength: number, valueLength: number): number {
    const reference = this.#allocate(EntryArena.blockBytes(keyLength, valueLength))
    const words = this.#words[reference >>> UNIT_BITS]
    const at = (reference & UNIT_MASK) << 1
    if (keyLength < LONG && valueLength <= MOST_VALUE) words[at] = keyLength | (valueLength << KEY_BITS)
    else {
      words[at] = LONG
      words[at + 1] = keyLength
      words[at + 2] = valueLength
    }
    copy(bytes, start, this.#pages[reference >>> UNIT_BITS], this.keyStart(reference), keyLength + valueLength)
    return reference
  }

  /** Puts another value in an entry's place; false: its block has another size. */
  replace(reference: number, bytes: Uint8Array, start: number, valueLength: number): boolean {
    const keyLength = this.keyLength(reference)
    const before = this.valueLength(reference)
    if (before !== valueLength) {
      // Entries with long lengths stay so: the form of the header is part of the size.
      const form = keyLength < LONG && before <= MOST_VALUE === valueLength <= MOST_VALUE
      if (!form || EntryArena.blockBytes(keyLength, before) !== EntryArena.blockBytes(keyLength, valueLength)) {
        return false
      }
      const words = this.#words[reference >>> UNIT_BITS]
      const at = (reference & UNIT_MASK) << 1
      if ((words[at] & LONG) === LONG) words[at + 2] = valueLength
      else words[at] = keyLength | (valueLength << KEY_BITS)
    }
    const page = this.#pages[reference >>> UNIT_BITS]
    copy(bytes, start, page, this.keyStart(reference) + keyLength, valueLength)
    return true
  }

  free(reference: number): void {
    const size = EntryArena.blockBytes(this.keyLength(reference), this.valueLength(reference))
    const page = reference >>> UNIT_BITS
    this.#used[page] -= size
    if (size > SHARED_BYTES) this.#release(page)
    else this.#toFree(reference, size)
  }

  /** The page that has the least in use, of those that are full; undefined if there is none to win anything from. */
  emptiestPage(): number | undefined {
    let emptiest: number | undefined
    let least = 0.9
    for (let page = 0; page < this.#pages.length; page++) {
      const size = this.#pages[page].length
      if (size === 0 || size > PAGE_BYTES || page === this.#current) continue
      const share = this.#used[page] / size
      if (share >= least) continue
      least = share
      emptiest = page
    }
    return emptiest
  }

  /** Takes a page out of use: its free blocks are no longer reused. Gives the references of its entries. */
  retire(page: number): number[] {
    const words = this.#words[page]
    const end = this.#pages[page].length
    const entries: number[] = []
    for (let at = page === 0 ? LEAST_BLOCK : 0; at < end; ) {
      const reference = (page << UNIT_BITS) | (at >> 3)
      const header = words[at >> 2]
      if (header === FILLER) at += 8
      else if (header === FREE) {
        const size = words[(at >> 2) + 1]
        this.#unlink(reference, size)
        at += size
      } else {
        entries.push(reference)
        at += EntryArena.blockBytes(this.keyLength(reference), this.valueLength(reference))
      }
    }
    return entries
  }

  /** Gives a retired page back to the system. */
  discard(page: number): void {
    this.#release(page)
  }

  /** Gives everything back to the system. */
  clear(): void {
    for (let page = 0; page < this.#pages.length; page++) if (this.#pages[page].length > 0) this.#release(page)
    this.#pages.length = 0
    this.#words.length = 0
    this.#used.length = 0
    this.#unusedPages.length = 0
    this.#freeBlocks.fill(0)
    this.#current = -1
    this.#top = 0
    this.freeBytes = 0
  }

  #allocate(size: number): number {
    if (size > SHARED_BYTES) {
      if (this.#pages.length === 0) this.#nextPage(LEAST_BLOCK)
      const page = this.#addPage(size)
      this.#used[page] = size
      return page << UNIT_BITS
    }
    const list = classOf(size)
    const reused = this.#freeBlocks[list]
    if (reused !== 0) {
      this.#unlink(reused, size)
      this.#used[reused >>> UNIT_BITS] += size
      return reused
    }
    if (this.#current < 0 || this.#top + size > this.#pages[this.#current].length) this.#nextPage(size)
    const reference = (this.#current << UNIT_BITS) | (this.#top >> 3)
    this.#top += size
    this.#used[this.#current] += size
    return reference
  }

  /** Small at first, so that a store of a few entries takes a few KiB. */
  #nextPage(atLeast: number): void {
    this.#closeCurrent()
    let size = Math.min(PAGE_BYTES, FIRST_PAGE_BYTES << Math.min(this.#pages.length, 8))
    while (size < atLeast + LEAST_BLOCK) size <<= 1
    this.#current = this.#addPage(size)
    // The reference 0 must not be an entry.
    this.#top = this.#current === 0 ? LEAST_BLOCK : 0
  }

  /** What is left of the current page becomes free blocks. */
  #closeCurrent(): void {
    if (this.#current < 0) return
    let left = this.#pages[this.#current].length - this.#top
    while (left > 0) {
      const reference = (this.#current << UNIT_BITS) | (this.#top >> 3)
      const size = left > FINE_BYTES ? Math.min(left & ~1023, SHARED_BYTES) : left
      if (size < LEAST_BLOCK) this.#words[this.#current][this.#top >> 2] = FILLER
      else this.#toFree(reference, size)
      this.#top += size
      left -= size
    }
    this.#current = -1
  }

  #addPage(size: number): number {
    const page = this.#unusedPages.pop() ?? this.#pages.length
    if (page >= MOST_PAGES) {
      throw new MillraceError(
        'MILLRACE_STATE_TOO_LARGE',
        'A store in memory holds 32 GiB at most. Use a store on disk (lmdbStores(), rocksdbStores()), or more partitions.',
      )
    }
    const buffer = new ArrayBuffer(size)
    this.#pages[page] = Buffer.from(buffer)
    this.#words[page] = new Uint32Array(buffer)
    this.#used[page] = 0
    this.bytes += size
    return page
  }

  /** At once, not when the garbage collector comes by. */
  #release(page: number): void {
    const { buffer, length } = this.#pages[page]
    this.bytes -= length
    this.#pages[page] = NO_BYTES
    this.#words[page] = NO_WORDS
    this.#used[page] = 0
    // Number 0 is never given again: its first block would be the reference 0.
    if (page !== 0) this.#unusedPages.push(page)
    ;(buffer as ArrayBuffer).transfer(0)
  }

  #toFree(reference: number, size: number): void {
    const words = this.#words[reference >>> UNIT_BITS]
    const at = (reference & UNIT_MASK) << 1
    const list = classOf(size)
    const next = this.#freeBlocks[list]
    words[at] = FREE
    words[at + 1] = size
    words[at + 2] = next
    words[at + 3] = 0
    if (next !== 0) this.#words[next >>> UNIT_BITS][((next & UNIT_MASK) << 1) + 3] = reference
    this.#freeBlocks[list] = reference
    this.freeBytes += size
  }

  #unlink(reference: number, size: number): void {
    const words = this.#words[reference >>> UNIT_BITS]
    const at = (reference & UNIT_MASK) << 1
    const next = words[at + 2] | 0
    const previous = words[at + 3] | 0
    if (previous === 0) this.#freeBlocks[classOf(size)] = next
    else this.#words[previous >>> UNIT_BITS][((previous & UNIT_MASK) << 1) + 2] = next
    if (next !== 0) this.#words[next >>> UNIT_BITS][((next & UNIT_MASK) << 1) + 3] = previous
    this.freeBytes -= size
  }
}

function classOf(size: number): number {
  return size <= FINE_BYTES ? size >> 3 : (FINE_BYTES >> 3) + (size >> 10)
}

/** Entries are short: a loop costs less than a call into native code. */
export function copy(from: Uint8Array, start: number, to: Uint8Array, at: number, length: number): void {
  if (length > 96) {
    to.set(from.subarray(start, start + length), at)
    return
  }
  for (let index = 0; index < length; index++) to[at + index] = from[start + index]
}
