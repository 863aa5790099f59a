/**
 * The orders in which Java walks its hash and tree sets. Kafka Streams lets them show: in `describe()`, in the order of a
 * node's stores (and so of cache flushes). To print and to flush the same, we walk the same way.
 *
 * Exact for sets of strings that are only added to, with fewer than nine of them in one bucket.
 */

/** `String.hashCode()`. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
}

/**
 * The order in which a `HashSet<String>` (or the keys of a `HashMap`) filled in the given order is walked.
 *
 * @param presized made by `new HashSet<>(collection)`, which chooses its table by the collection's size
 */
export function javaHashOrder(names: Iterable<string>, presized = false): string[] {
  const distinct = [...new Set(names)]
  const mask = tableSize(distinct.length, presized) - 1
  const bucket = (name: string): number => {
    const hash = javaStringHash(name)
    return (hash ^ (hash >>> 16)) & mask
  }
  return distinct.sort((a, b) => bucket(a) - bucket(b))
}

function tableSize(count: number, presized: boolean): number {
  let size = 16
  if (presized) while (size < Math.trunc(count / 0.75) + 1) size *= 2
  while (count > size * 0.75) size *= 2
  return size
}

interface TreeNode<T> {
  readonly value: T
  red: boolean
  parent: TreeNode<T> | undefined
  left: TreeNode<T> | undefined
  right: TreeNode<T> | undefined
}

/**
 * A `java.util.TreeSet` that is only added to. Its red-black shape matters: `describe()` compares by sizes that change while
 * the sets are being filled, so where an element ends up depends on which ones it was compared with.
 */
export class JavaTreeSet<T> {
  #root: TreeNode<T> | undefined
  readonly #compare: (a: T, b: T) => number

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  add(value: T): void {
    let parent: TreeNode<T> | undefined
    let order = 0
    for (let at = this.#root; at !== undefined; at = order < 0 ? at.left : at.right) {
      order = this.#compare(value, at.value)
      if (order === 0) return
      parent = at
    }
    const node: TreeNode<T> = { value, red: true, parent, left: undefined, right: undefined }
    if (parent === undefined) this.#root = node
    else if (order < 0) parent.left = node
    else parent.right = node
    this.#balance(node)
  }

  values(): T[] {
    const values: T[] = []
    const walk = (node: TreeNode<T> | undefined): void => {
      if (node === undefined) return
      walk(node.left)
      values.push(node.value)
      walk(node.right)
    }
    walk(this.#root)
    return values
  }

  #balance(inserted: TreeNode<T>): void {
    let node = inserted
    while (node.parent?.red) {
      const parent: TreeNode<T> = node.parent
      const grandparent = parent.parent as TreeNode<T>
      const parentIsLeft = parent === grandparent.left
      const uncle = parentIsLeft ? grandparent.right : grandparent.left
      if (uncle?.red) {
        parent.red = false
        uncle.red = false
        grandparent.red = true
        node = grandparent
        continue
      }
      let upper = parent
      if (node === (parentIsLeft ? parent.right : parent.left)) {
        this.#rotate(parent, parentIsLeft)
        upper = node
        node = parent
      }
      upper.red = false
      grandparent.red = true
      this.#rotate(grandparent, !parentIsLeft)
    }
    if (this.#root !== undefined) this.#root.red = false
  }

  #rotate(node: TreeNode<T>, left: boolean): void {
    const child = (left ? node.right : node.left) as TreeNode<T>
    const inner = left ? child.left : child.right
    if (left) node.right = inner
    else node.left = inner
    if (inner !== undefined) inner.parent = node
    child.parent = node.parent
    if (node.parent === undefined) this.#root = child
    else if (node.parent.left === node) node.parent.left = child
    else node.parent.right = child
    if (left) child.left = node
    else child.right = node
    node.parent = child
  }
}
