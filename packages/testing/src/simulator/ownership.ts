/**
 * Who committed which partition under which generation: two members in one generation is a task with two owners. A static
 * member that comes back within a generation is the same one.
 */

import type { GroupMetadata, OffsetToCommit } from 'millrace/log'

export class Ownership {
  readonly #owners = new Map<string, string>()
  readonly violations: string[] = []

  committed({ generation, memberId, instanceId }: GroupMetadata, offsets: readonly OffsetToCommit[]): void {
    const member = instanceId ?? memberId
    for (const { topic, partition } of offsets) {
      const claim = `${topic}-${partition} in generation ${generation}`
      const owner = this.#owners.get(claim)
      if (owner === undefined) this.#owners.set(claim, member)
      else if (owner !== member) this.violations.push(`two owners of ${claim}`)
    }
  }
}
