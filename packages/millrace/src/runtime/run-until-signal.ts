/**
 * Runs an app as a long-running process: starts it, closes it cleanly on SIGTERM or SIGINT within a budget; a second signal
 * ends the process at once.
 */

import type { StreamsApp } from './streams-app.ts'

/**
 * Starts the app and resolves when it has ended.
 * @param options `timeoutMs`: budget of a clean close, default 30,000.
 * @throws what made the app fail.
 */
export async function runUntilSignal(app: StreamsApp, options: { timeoutMs?: number } = {}): Promise<void> {
  let asked = false
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signal === 'SIGINT' ? 130 : 143)
    asked = true
    app.close(options).catch(() => {})
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  try {
    await app.start()
    await app.finished
  } finally {
    process.off('SIGTERM', onSignal)
    process.off('SIGINT', onSignal)
  }
}
