/**
 * The fetcher: reads assigned partitions ahead in the background, within a bound of bytes, from whoever leads them.
 *
 * At most two fetches are in flight a broker, for disjoint partitions, on connections of their own: the first may be held by
 * the broker for `maxWaitMs`; the second, with a short wait, serves partitions that were assigned, resumed or drained
 * meanwhile. Nothing is decoded before `poll` takes it, and a poll decodes for a few milliseconds at most, so that the event
 * loop keeps its turns (law 2). Connection trouble and moved leaders are retried here; what the caller must decide is thrown
 * by `poll` until the partition is assigned again.
 */

import {
  type Clock,
  type FetchedBatch,
  type Fetcher,
  type FetcherOptions,
  LogError,
  type TopicPartition,
} from 'millrace/log'
import type { Channel } from './channel.ts'
import type { Cluster } from './cluster.ts'
import { closedError, concernsTopic, ErrorCode, isRetriable, type ProtocolError } from './errors.ts'
import type {
  FetchAnswer,
  FetchedPartition,
  FetchLimits,
  FetchRequest,
  FetchTarget,
  SharedBuffer,
} from './fetch-request.ts'
import type { Metadata, PartitionLeader } from './metadata.ts'
import { onceATick } from './once-a-tick.ts'
import { nextOffsetAfter, PartDecoder } from './part-decoder.ts'
import { PartitionFeed } from './partition-feed.ts'

const REQUEST_TIMEOUT_MS = 30_000
/** Pause after a failed request or metadata refresh, ms. */
const BACKOFF_MS = 100
/** How long a broker may hold the second fetch, ms. */
const SECOND_WAIT_MS = 50
/** How long a poll may decode before it returns what it has, ms. */
const DECODE_BUDGET_MS = 8
/** A topic may be unknown to a broker for this long after it was created, ms. */
const UNKNOWN_TOPIC_GRACE_MS = 3000
const SLOTS = 2

interface Plan {
  readonly leader: PartitionLeader
  readonly feeds: PartitionFeed[]
}

export class FetchLoop implements Fetcher {
  readonly #metadata: Metadata
  readonly #clock: Clock
  readonly #protocolError: ProtocolError
  readonly #channels: readonly Channel[]
  readonly #request: FetchRequest
  readonly #limits: FetchLimits
  readonly #feeds = new Map<string, PartitionFeed>()
  readonly #decoder: PartDecoder
  /** Slots in use, by broker. */
  readonly #busy = new Map<number, boolean[]>()
  #bufferedBytes = 0
  #lookingUp = false
  #backingOff = false
  /** Several changes in one tick make one request. */
  readonly #schedulePump = onceATick(() => this.#pump())
  #wake: (() => void) | undefined
  #closed = false

  constructor({ client, metadata, clock }: Cluster, options: FetcherOptions = {}) {
    this.#metadata = metadata
    this.#clock = clock
    this.#protocolError = client.protocolError
    this.#channels = Array.from({ length: SLOTS }, () => client.openChannel(REQUEST_TIMEOUT_MS))
    this.#request = client.openFetch()
    this.#limits = {
      maxWaitMs: options.maxWaitMs ?? 500,
      maxBytes: options.maxBytes ?? 16 << 20,
      maxPartitionBytes: options.maxPartitionBytes ?? 1 << 20,
      readCommitted: (options.isolation ?? 'read_committed') === 'read_committed',
    }
    this.#decoder = new PartDecoder(client, this.#limits.readCommitted)
  }

  assign({ topic, partition }: TopicPartition, offset: number): void {
    const key = keyOf(topic, partition)
    let feed = this.#feeds.get(key)
    if (feed === undefined) {
      feed = new PartitionFeed(topic, partition)
      this.#feeds.set(key, feed)
    }
    this.#bufferedBytes -= feed.bytes
    feed.moveTo(offset)
    this.#schedulePump()
  }

  unassign({ topic, partition }: TopicPartition): void {
    const key = keyOf(topic, partition)
    const feed = this.#feeds.get(key)
    if (feed === undefined) return
    this.#bufferedBytes -= feed.bytes
    feed.moveTo(-1)
    this.#feeds.delete(key)
    this.#schedulePump()
  }

  pause(partition: TopicPartition): void {
    const feed = this.#feed(partition)
    if (feed !== undefined) feed.paused = true
  }

  resume(partition: TopicPartition): void {
    const feed = this.#feed(partition)
    if (feed === undefined || !feed.paused) return
    feed.paused = false
    if (feed.hasParts) this.wakeUp()
    this.#schedulePump()
  }

  position(partition: TopicPartition): number | undefined {
    return this.#feed(partition)?.position
  }

  endOffset(partition: TopicPartition): number | undefined {
    return this.#feed(partition)?.endOffset
  }

  async poll(timeoutMs: number, signal?: AbortSignal): Promise<FetchedBatch[]> {
    if (this.#closed) throw closedError('the fetcher')
    const ready = this.#take()
    if (ready.length > 0 || timeoutMs <= 0 || signal?.aborted) return ready
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel()
        signal?.removeEventListener('abort', done)
        if (this.#wake === done) this.#wake = undefined
        resolve()
      }
      const timer = this.#clock.setTimer(timeoutMs, done)
      signal?.addEventListener('abort', done, { once: true })
      this.#wake?.()
      this.#wake = done
    })
    return this.#closed ? [] : this.#take()
  }

  get closed(): boolean {
    return this.#closed
  }

  wakeUp(): void {
    this.#wake?.()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#feeds.clear()
    this.wakeUp()
    await Promise.all(this.#channels.map((channel) => channel.close()))
  }

  #feed({ topic, partition }: TopicPartition): PartitionFeed | undefined {
    return this.#feeds.get(keyOf(topic, partition))
  }

  /** One entry a partition that has something, within the decode budget; the partitions served go to the back of the line. */
  #take(): FetchedBatch[] {
    const entries: FetchedBatch[] = []
    const deadline = this.#clock.monotonic() + DECODE_BUDGET_MS
    for (const [key, feed] of [...this.#feeds]) {
      if (feed.paused) continue
      if (feed.failure !== undefined && !feed.hasParts) {
        if (entries.length > 0) break
        throw feed.failure
      }
      if (!feed.hasParts) continue
      if (entries.length > 0 && this.#clock.monotonic() > deadline) break
      const entry = this.#decodeNext(feed)
      if (entry === undefined) continue
      entries.push(entry)
      this.#feeds.delete(key)
      this.#feeds.set(key, feed)
    }
    if (entries.length > 0) this.#schedulePump()
    return entries
  }

  #decodeNext(feed: PartitionFeed): FetchedBatch | undefined {
    const { position } = feed
    const part = feed.take()
    if (part === undefined) return undefined
    this.#bufferedBytes -= part.records.length
    try {
      const { topic, partition } = feed
      const { nextOffset, endOffset, lastStableOffset } = part
      const { batch, release } = this.#decoder.decode(part, feed)
      return { topic, partition, batch, nextOffset, endOffset, lastStableOffset, release }
    } catch (error) {
      this.#bufferedBytes -= feed.bytes
      feed.moveTo(position)
      feed.failure = error as LogError
      throw error
    }
  }

  #pump(): void {
    if (this.#closed || this.#backingOff) return
    if (this.#bufferedBytes >= this.#limits.maxBytes) return
    const plans = new Map<number, Plan>()
    const leaderless = new Set<string>()
    for (const feed of this.#feeds.values()) {
      if (!this.#wantsMore(feed)) continue
      const leader = this.#metadata.leader(feed.topic, feed.partition)
      if (leader === undefined) {
        leaderless.add(feed.topic)
        continue
      }
      const plan = plans.get(leader.nodeId)
      if (plan === undefined) plans.set(leader.nodeId, { leader, feeds: [feed] })
      else plan.feeds.push(feed)
    }
    if (leaderless.size > 0) void this.#lookUp(leaderless)
    for (const plan of plans.values()) this.#startFetch(plan)
  }

  #wantsMore(feed: PartitionFeed): boolean {
    return !feed.paused && !feed.inFlight && feed.failure === undefined && feed.bytes < this.#limits.maxPartitionBytes
  }

  #startFetch({ leader, feeds }: Plan): void {
    const slots = this.#busy.get(leader.nodeId) ?? new Array<boolean>(SLOTS).fill(false)
    this.#busy.set(leader.nodeId, slots)
    const slot = slots.indexOf(false)
    if (slot < 0) return
    slots[slot] = true
    const targets: FetchTarget[] = []
    const versions = new Map<PartitionFeed, number>()
    for (const feed of feeds) {
      const known = this.#metadata.leader(feed.topic, feed.partition)
      targets.push({
        topic: feed.topic,
        partition: feed.partition,
        offset: feed.fetchOffset,
        leaderEpoch: known?.epoch ?? -1,
      })
      feed.inFlight = true
      versions.set(feed, feed.version)
    }
    const maxWaitMs = slot === 0 ? this.#limits.maxWaitMs : Math.min(SECOND_WAIT_MS, this.#limits.maxWaitMs)
    const request = this.#request(targets, { ...this.#limits, maxWaitMs })
    this.#channels[slot].call(leader.broker, request).then(
      (answer) => {
        release()
        if (answer.errorCode !== ErrorCode.none) return this.#backOff(feeds)
        this.#receiveAll(answer, versions)
        this.#pump()
      },
      () => {
        release()
        this.#backOff(feeds)
      },
    )
    const release = (): void => {
      slots[slot] = false
      for (const feed of feeds) feed.inFlight = false
    }
  }

  #receiveAll({ partitions, buffer }: FetchAnswer, versions: ReadonlyMap<PartitionFeed, number>): void {
    buffer?.hold()
    for (const partition of partitions) this.#receive(partition, buffer, versions)
    buffer?.release()
  }

  #receive(
    answer: FetchedPartition,
    buffer: SharedBuffer | undefined,
    versions: ReadonlyMap<PartitionFeed, number>,
  ): void {
    const feed = this.#feeds.get(keyOf(answer.topic, answer.partition))
    if (feed === undefined || versions.get(feed) !== feed.version) return
    if (answer.errorCode !== ErrorCode.none) {
      this.#receiveError(feed, answer.errorCode)
      return
    }
    feed.unknownSince = undefined
    feed.endOffset = answer.highWatermark
    const nextOffset = nextOffsetAfter(answer.records, feed.fetchOffset)
    if (nextOffset <= feed.fetchOffset) return
    buffer?.hold()
    feed.add({
      records: answer.records,
      buffer,
      abortedTransactions: answer.abortedTransactions,
      fromOffset: feed.fetchOffset,
      nextOffset,
      endOffset: answer.highWatermark,
      lastStableOffset: this.#limits.readCommitted ? answer.lastStableOffset : answer.highWatermark,
    })
    this.#bufferedBytes += answer.records.length
    if (!feed.paused) this.wakeUp()
  }

  #receiveError(feed: PartitionFeed, code: number): void {
    this.#metadata.markStale(feed.topic)
    const unknown = code === ErrorCode.unknownTopicOrPartition
    const passing = unknown ? !this.#unknownForLong(feed) : isRetriable(code) && code !== ErrorCode.corruptMessage
    if (passing) this.#backOff([feed])
    else this.#fail(feed, code)
  }

  #unknownForLong(feed: PartitionFeed): boolean {
    const now = this.#clock.monotonic()
    feed.unknownSince ??= now
    return now - feed.unknownSince >= UNKNOWN_TOPIC_GRACE_MS
  }

  #fail(feed: PartitionFeed, code: number): void {
    const { topic, partition, fetchOffset: offset } = feed
    const doing = `fetch from ${topic}-${partition} at offset ${offset}`
    const coordinates = { topic, partition, offset }
    feed.failure =
      code === ErrorCode.corruptMessage
        ? new LogError('CORRUPT_BATCH', `${doing}: the broker found its own copy corrupt`, { coordinates })
        : this.#protocolError(code, doing, coordinates)
    this.wakeUp()
  }

  /** After trouble: forget who leads, wait a little, start again. */
  #backOff(feeds: readonly PartitionFeed[]): void {
    for (const feed of feeds) this.#metadata.markStale(feed.topic)
    if (this.#backingOff || this.#closed) return
    this.#backingOff = true
    void this.#clock.sleep(BACKOFF_MS).then(() => {
      this.#backingOff = false
      this.#pump()
    })
  }

  async #lookUp(topics: ReadonlySet<string>): Promise<void> {
    if (this.#lookingUp) return
    this.#lookingUp = true
    try {
      await this.#metadata.refresh(topics)
    } catch (error) {
      if (error instanceof LogError && error.fatal) this.#failAll(topics, error)
    } finally {
      this.#lookingUp = false
    }
    let waiting = false
    for (const feed of this.#feeds.values()) {
      if (!topics.has(feed.topic) || this.#metadata.leader(feed.topic, feed.partition) !== undefined) continue
      waiting = true
      const count = this.#metadata.partitionCount(feed.topic)
      const unknown = count === undefined || feed.partition >= count
      if (unknown && this.#unknownForLong(feed)) this.#fail(feed, ErrorCode.unknownTopicOrPartition)
    }
    if (waiting) this.#backOff([])
    else this.#pump()
  }

  #failAll(topics: ReadonlySet<string>, error: LogError): void {
    for (const feed of this.#feeds.values()) {
      if (topics.has(feed.topic) && concernsTopic(error, feed.topic)) feed.failure = error
    }
    this.wakeUp()
  }
}

function keyOf(topic: string, partition: number): string {
  return `${partition}:${topic}`
}
