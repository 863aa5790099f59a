/**
 * Kills brokers of a cluster, one at a time: the next only when the last is back and every replica is in sync again, for with
 * two of three gone nothing could go on.
 */

import type { Admin } from 'kafkajs'
import type { BrokerCluster } from './broker-cluster.ts'
import { below, type Random } from './random.ts'

/** Long enough that work goes on between two of them: a JVM that starts takes one of two cores for seconds. */
const SHORTEST_PAUSE_MS = 4000
const LONGEST_PAUSE_MS = 16_000
const DOWN_MS = 3000

export class BrokerKills {
  readonly #cluster: BrokerCluster
  readonly #admin: Admin
  readonly #random: Random
  readonly #stop = new AbortController()
  #working: Promise<void> = Promise.resolve()
  kills = 0

  constructor(cluster: BrokerCluster, admin: Admin, random: Random) {
    this.#cluster = cluster
    this.#admin = admin
    this.#random = random
  }

  start(topics: readonly string[]): void {
    this.#working = this.#run(topics)
  }

  /** Resolves when all brokers are there again. @throws what starting one failed with. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#working
  }

  async #run(topics: readonly string[]): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#pause(SHORTEST_PAUSE_MS + below(this.#random, LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS))
      if (this.#stop.signal.aborted) return
      if (!(await this.#inSync(topics))) continue
      const node = below(this.#random, this.#cluster.count)
      await this.#cluster.kill(node)
      this.kills++
      await this.#pause(DOWN_MS)
      await this.#cluster.start(node)
    }
  }

  async #inSync(topics: readonly string[]): Promise<boolean> {
    try {
      const metadata = await this.#admin.fetchTopicMetadata({ topics: [...topics] })
      return metadata.topics.every(({ partitions }) =>
        partitions.every(({ isr, replicas }) => isr.length === replicas.length),
      )
    } catch {
      return false
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms))
  }
}
