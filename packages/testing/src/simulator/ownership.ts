/**
 * Who committed which partition under which generation: two members in one generation is a task with two owners.
 */

import type { GroupMetadata, OffsetToCommit } from 'millrace/log'

export class Ownership {
  readonly #owners = new Map<string, string>()
  readonly violations: string[] = []

  committed({ generation, memberId }: GroupMetadata, offsets: readonly OffsetToCommit[]): void {
    for (const { topic, partition } of offsets) {
      const claim = `${topic}-${partition} in generation ${generation}`
      const owner = this.#owners.get(claim)
      if (owner === undefined) this.#owners.set(claim, memberId)
      else if (owner !== memberId) this.violations.push(`two owners of ${claim}`)
    }
  }
}
