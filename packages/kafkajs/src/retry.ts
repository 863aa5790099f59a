/** Trying again what failed for a moment, with Kafka's back-off, until a deadline. Time only through the clock. */

import { type Clock, LogError } from 'millrace/log'

const BACKOFF_MS = 100

/** @throws what the last attempt threw: at once if it is not retriable, else when `withinMs` have passed. */
export async function retrying<T>(clock: Clock, withinMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = clock.monotonic() + withinMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof LogError) || !error.retriable || clock.monotonic() >= deadline) throw error
      await clock.sleep(BACKOFF_MS)
    }
  }
}
