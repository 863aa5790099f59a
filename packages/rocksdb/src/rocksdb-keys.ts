/**
 * How the stores of all tasks share one database: each has a number, and its keys start with that number's four bytes.
 * Number 0 is the directory: which store has which number, how far each has got, which was being cleared.
 */

const DIRECTORY = Buffer.alloc(4)

export const FIRST_NUMBER = 1

function directoryKey(kind: string, rest: Uint8Array): Buffer {
  return Buffer.concat([DIRECTORY, Buffer.from(kind, 'latin1'), rest])
}

/** Where the number of a store is kept. */
export function numberKey(taskId: string, storeName: string): Buffer {
  return directoryKey('n', Buffer.from(`${taskId}\0${storeName}`, 'utf8'))
}

/** Where a task's numbers start and end. */
export function numberKeys(taskId: string): { readonly gte: Buffer; readonly lt: Buffer } {
  const name = Buffer.from(taskId, 'utf8')
  return {
    gte: directoryKey('n', Buffer.concat([name, Buffer.of(0)])),
    lt: directoryKey('n', Buffer.concat([name, Buffer.of(1)])),
  }
}

/** Where the numbers of all stores start and end. */
export const allNumberKeys: { readonly gte: Buffer; readonly lt: Buffer } = {
  gte: directoryKey('n', Buffer.alloc(0)),
  lt: directoryKey('o', Buffer.alloc(0)),
}

/** The task in a key of `numberKey`. */
export function taskOfNumberKey(key: Buffer): string {
  return key.toString('utf8', DIRECTORY.length + 1, key.indexOf(0, DIRECTORY.length + 1))
}

/** The next number that is free. */
export const NEXT_NUMBER_KEY: Buffer = directoryKey('N', Buffer.alloc(0))

/** Where the changelog offset of a store is kept. */
export function offsetKey(number: number): Buffer {
  return directoryKey('o', numberBytes(number))
}

/** Present while a store is being cleared. */
export function clearingKey(number: number): Buffer {
  return directoryKey('c', numberBytes(number))
}

/** What the keys of a store start with. */
export function numberBytes(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

/** Writes a store's number and a byte string into one array that is used again: for a callee that copies. */
export class KeyWriter {
  readonly #number: number
  #bytes: Buffer = Buffer.alloc(0)
  #views: (Buffer | undefined)[] = []

  constructor(number: number) {
    this.#number = number
    this.#grow(256)
  }

  #grow(length: number): void {
    this.#bytes = Buffer.alloc(length)
    this.#bytes.writeUInt32BE(this.#number)
    this.#views = []
  }

  /** Valid until the next call. */
  write(key: string): Buffer {
    const length = key.length + 4
    if (length > this.#bytes.length) this.#grow(length * 2)
    const bytes = this.#bytes
    if (key.length > 48) bytes.write(key, 4, 'latin1')
    else for (let at = 0; at < key.length; at++) bytes[at + 4] = key.charCodeAt(at)
    if (length > 256) return bytes.subarray(0, length)
    const known = this.#views[length]
    if (known !== undefined) return known
    const view = bytes.subarray(0, length)
    this.#views[length] = view
    return view
  }

  /** As `write`, in an array of its own. */
  copy(key: string): Buffer {
    return Buffer.from(this.write(key))
  }
}
