/** Trying again what failed for a moment, with Kafka's back-off, until a deadline. Time only through the clock. */

import { type Clock, LogError } from 'millrace/log'

const BACKOFF_MS = 100

/**
 * @param backoffMs between two attempts, asked after each.
 * @throws what the last attempt threw: at once if it is not retriable, else when `withinMs` have passed.
 */
export async function retrying<T>(
  clock: Clock,
  withinMs: number,
  attempt: () => Promise<T>,
  backoffMs: () => number = () => BACKOFF_MS,
): Promise<T> {
  const deadline = clock.monotonic() + withinMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof LogError) || !error.retriable || clock.monotonic() >= deadline) throw error
      await clock.sleep(backoffMs())
    }
  }
}
