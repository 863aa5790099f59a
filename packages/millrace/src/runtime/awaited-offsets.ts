/**
 * The committed offsets of tasks that were just assigned, asked for in the background: behind a dead worker's open transaction
 * they are not stable for up to its time-out, and the tasks that run here must not stand still for it (cooperative, KIP-429).
 *
 * Only the newest question counts: what an older one came to, an answer or an error, is forgotten.
 */

import type { CommittedOffset } from '../log/group.ts'

export class AwaitedOffsets {
  readonly #onSettled: () => void
  #question: object | undefined
  #answer: readonly CommittedOffset[] | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(onSettled: () => void) {
    this.#onSettled = onSettled
  }

  /** Asked, and not taken yet. */
  get pending(): boolean {
    return this.#question !== undefined
  }

  ask(answer: Promise<readonly CommittedOffset[]>): void {
    this.forget()
    const question = {}
    this.#question = question
    answer.then(
      (offsets) => {
        if (this.#question !== question) return
        this.#answer = offsets
        this.#onSettled()
      },
      (error: unknown) => {
        if (this.#question !== question) return
        this.#failure = { error }
        this.#onSettled()
      },
    )
  }

  /** Undefined while there is no answer. @throws what asking failed with. */
  take(): readonly CommittedOffset[] | undefined {
    const answer = this.#answer
    const failure = this.#failure
    if (answer !== undefined || failure !== undefined) this.forget()
    if (failure !== undefined) throw failure.error
    return answer
  }

  forget(): void {
    this.#question = undefined
    this.#answer = undefined
    this.#failure = undefined
  }
}
