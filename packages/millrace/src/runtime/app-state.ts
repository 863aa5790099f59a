/**
 * The life of an app, in Kafka Streams' states, and who may follow which. A state is never followed by itself.
 */

export type AppState =
  | 'created'
  | 'rebalancing'
  | 'running'
  | 'pending-shutdown'
  | 'not-running'
  | 'pending-error'
  | 'error'

const FOLLOWS: Readonly<Record<AppState, readonly AppState[]>> = {
  created: ['rebalancing', 'pending-shutdown'],
  rebalancing: ['running', 'pending-shutdown', 'pending-error'],
  running: ['rebalancing', 'pending-shutdown', 'pending-error'],
  'pending-shutdown': ['not-running'],
  'not-running': [],
  'pending-error': ['error'],
  error: [],
}

export type StateListener = (state: AppState, previous: AppState) => void

export class StateMachine {
  #state: AppState = 'created'
  readonly #listeners = new Set<StateListener>()

  get current(): AppState {
    return this.#state
  }

  get isRunningOrRebalancing(): boolean {
    return this.#state === 'running' || this.#state === 'rebalancing'
  }

  get hasEnded(): boolean {
    return this.#state === 'not-running' || this.#state === 'error'
  }

  /** Moves on if the current state allows it; false if not. */
  to(state: AppState): boolean {
    const previous = this.#state
    if (!FOLLOWS[previous].includes(state)) return false
    this.#state = state
    for (const listener of this.#listeners) listener(state, previous)
    return true
  }

  /** @returns a function that takes the listener off again. */
  listen(listener: StateListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
