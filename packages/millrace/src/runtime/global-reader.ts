/**
 * Keeps an app's global tables: reads all partitions of their topics to the end before any task runs, then follows them
 * until closed. One reader an app, shared by its workers.
 */

import type { Fetcher } from '../log/fetcher.ts'
import type { Log, TopicPartition } from '../log/log.ts'
import type { GlobalState } from './global-state.ts'

export class GlobalReader {
  readonly #log: Log
  readonly #state: GlobalState
  readonly #fetcher: Fetcher
  readonly #stop = new AbortController()
  #following: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(log: Log, state: GlobalState) {
    this.#log = log
    this.#state = state
    this.#fetcher = log.fetcher({ isolation: 'read_committed' })
  }

  /** Reads everything there is now. @param partitionCount of a topic that exists. */
  async bootstrap(partitionCount: (topic: string) => number): Promise<void> {
    const partitions = this.#state.topics.flatMap((topic) =>
      Array.from({ length: partitionCount(topic) }, (_, partition): TopicPartition => ({ topic, partition })),
    )
    const [earliest, latest] = await Promise.all([
      this.#log.admin.listOffsets(partitions, 'earliest'),
      this.#log.admin.listOffsets(partitions, 'latest', 'read_committed'),
    ])
    const targets = new Map(latest.map((offset) => [`${offset.topic}-${offset.partition}`, offset.offset]))
    for (const { topic, partition, offset } of earliest) {
      this.#fetcher.assign({ topic, partition }, offset)
      if (offset >= (targets.get(`${topic}-${partition}`) as number)) targets.delete(`${topic}-${partition}`)
    }
    while (targets.size > 0 && !this.#stop.signal.aborted) {
      for (const fetched of await this.#fetcher.poll(100, this.#stop.signal)) {
        this.#state.update(fetched)
        const name = `${fetched.topic}-${fetched.partition}`
        if (fetched.nextOffset >= (targets.get(name) ?? 0)) targets.delete(name)
      }
      await this.#log.clock.yield()
    }
  }

  /** Follows the topics; a failure goes to `onError`. */
  follow(onError: (error: unknown) => void): void {
    this.#following = this.#run().catch(onError)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#stop.abort()
    this.#fetcher.wakeUp()
    await this.#following
    await this.#fetcher.close()
    this.#state.close()
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      for (const fetched of await this.#fetcher.poll(1000, this.#stop.signal)) this.#state.update(fetched)
      await this.#log.clock.yield()
    }
  }
}
