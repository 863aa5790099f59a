/**
 * Gets sealed batches to their leaders: a few requests in flight a broker, one batch a partition in flight, repeated with the
 * same producer id, epoch and sequence until the delivery time-out (see `partition-queue.ts`). Idempotent always.
 */

import {
  closedError,
  concernsTopic,
  ErrorCode,
  isRetriable,
  type Metadata,
  onceATick,
  type PartitionLeader,
  type ProducerIdentity,
  type Sender,
  type SenderOptions,
} from '@millrace/kafka-client'
import {
  BATCH_HEADER_SIZE,
  type Clock,
  COMPRESSION_CODECS,
  LogError,
  type OutgoingBatch,
  type SendResult,
  sealBatch,
} from 'millrace/log'
import { type ConnectionSettings, KafkaJsChannel } from './channel.ts'
import { compress } from './decompress.ts'
import { protocolError } from './errors.ts'
import { crc32c } from './kafkajs-internals.ts'
import { PartitionQueue, type PendingBatch } from './partition-queue.ts'
import { type ProduceAnswer, produceRequest } from './produce-request.ts'

const MAX_IN_FLIGHT = 5
const BACKOFF_MS = 100
const REQUEST_TIMEOUT_MS = 30_000
/** How long a broker waits for its replicas, ms. */
const REPLICATION_TIMEOUT_MS = 15_000
/** Batches beyond the first join a request only up to this many bytes. */
const MAX_REQUEST_BYTES = 4 << 20
/** A broker closes the connection on larger requests (socket.request.max.bytes), so they are refused here. */
const MAX_BATCH_BYTES = (100 << 20) - 64 * 1024
const UNKNOWN_TOPIC_GRACE_MS = 5000
/** The batch may have been appended although the answer is an error. */
const UNCERTAIN_CODES = new Set([7, 20])
/** What fails before anything is on the wire. */
const NOT_SENT_CODES = new Set(['CONNECT_FAILED', 'AUTHENTICATION_FAILED', 'UNSUPPORTED_COMPRESSION_TYPE'])

interface Sending {
  readonly queue: PartitionQueue
  readonly batch: PendingBatch
}

export class BatchSender implements Sender {
  readonly #metadata: Metadata
  readonly #clock: Clock
  readonly #channel: KafkaJsChannel
  readonly #options: SenderOptions
  readonly #queues = new Map<string, PartitionQueue>()
  readonly #requests = new Map<number, number>()
  /** Partitions of the open transaction. */
  readonly #added = new Set<PartitionQueue>()
  readonly #unknownSince = new Map<string, number>()
  #identity: ProducerIdentity | undefined
  #lostTrack = false
  #idle: (() => void) | undefined
  #inFlight = 0
  /** Sends of one tick share requests. */
  readonly #schedulePump = onceATick(() => this.#pump())
  #backingOff = false
  #adding = false
  #lookingUp = false
  #closed = false

  constructor(settings: ConnectionSettings, metadata: Metadata, clock: Clock, options: SenderOptions) {
    this.#metadata = metadata
    this.#clock = clock
    this.#options = options
    this.#channel = new KafkaJsChannel(settings, Math.min(REQUEST_TIMEOUT_MS, options.deliveryTimeoutMs))
  }

  /** Batches not settled yet. */
  get size(): number {
    let size = 0
    for (const queue of this.#queues.values()) size += queue.batches.filter((batch) => !batch.settled).length
    return size
  }

  /** A transaction's sequences are unknown: its producer needs a new epoch from the coordinator. */
  get lostTrack(): boolean {
    return this.#lostTrack
  }

  /** A new producer id or epoch: all sequences start again. */
  start(identity: ProducerIdentity): void {
    this.#identity = identity
    this.#lostTrack = false
    this.#queues.clear()
    this.#added.clear()
  }

  beginTransaction(): void {
    this.#added.clear()
  }

  send({ topic, partition, records }: OutgoingBatch): Promise<SendResult> {
    if (this.#closed) return Promise.reject(closedError('the producer'))
    if (records.count === 0)
      return Promise.reject(new LogError('EMPTY_BATCH', `the batch for ${topic}-${partition} has no records`))
    const key = `${partition}:${topic}`
    const queue = this.#queues.get(key) ?? new PartitionQueue(topic, partition, this.#identity?.epoch ?? 0)
    this.#queues.set(key, queue)
    return new Promise((resolve, reject) => {
      const batch: PendingBatch = {
        records,
        resolve,
        reject,
        deadline: this.#clock.setTimer(this.#options.deliveryTimeoutMs, () => this.#expire(queue, batch)),
        uncertain: false,
        settled: false,
        compressed: undefined,
      }
      queue.add(batch)
      this.#schedulePump()
    })
  }

  /** Gives up all that is not settled; resolves when nothing is on the wire. */
  async drop(reason: LogError): Promise<void> {
    for (const queue of this.#queues.values()) {
      for (const batch of [...queue.batches]) this.#giveUp(queue, batch, reason)
    }
    if (this.#inFlight === 0) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const reason = closedError('the producer')
    for (const queue of this.#queues.values()) {
      for (const batch of [...queue.batches]) this.#giveUp(queue, batch, reason)
    }
    await this.#channel.close()
  }

  #pump(): void {
    const identity = this.#identity
    if (this.#closed || this.#backingOff || identity === undefined) return
    if (this.#options.transactionalId !== undefined && this.#addMissing()) return
    for (const { leader, sendings } of this.#plan()) this.#request(leader, sendings, identity)
  }

  /** The oldest batch of each partition that has none on the wire and whose leader has room, by leader. */
  #plan(): Iterable<{ leader: PartitionLeader; sendings: Sending[] }> {
    const plans = new Map<number, { leader: PartitionLeader; sendings: Sending[]; bytes: number }>()
    const leaderless = new Set<string>()
    for (const queue of this.#queues.values()) {
      const batch = queue.next
      if (batch === undefined) continue
      const leader = this.#metadata.leader(queue.topic, queue.partition)
      if (leader === undefined) {
        leaderless.add(queue.topic)
        continue
      }
      if ((this.#requests.get(leader.nodeId) ?? 0) >= MAX_IN_FLIGHT) continue
      const { size } = batch.records
      if (size > MAX_BATCH_BYTES) {
        this.#giveUp(queue, batch, this.#error(ErrorCode.messageTooLarge, queue, batch))
        this.#schedulePump()
        continue
      }
      const plan = plans.get(leader.nodeId)
      if (plan === undefined) plans.set(leader.nodeId, { leader, sendings: [{ queue, batch }], bytes: size })
      else if (plan.bytes + size <= MAX_REQUEST_BYTES) {
        plan.sendings.push({ queue, batch })
        plan.bytes += size
      } else this.#schedulePump()
    }
    if (leaderless.size > 0) void this.#lookUp(leaderless)
    return plans.values()
  }

  #request(leader: PartitionLeader, sendings: readonly Sending[], identity: ProducerIdentity): void {
    for (const { queue, batch } of sendings) queue.sent(batch)
    this.#requests.set(leader.nodeId, (this.#requests.get(leader.nodeId) ?? 0) + 1)
    this.#inFlight++
    const request = produceRequest(this.#options.transactionalId, REPLICATION_TIMEOUT_MS, () =>
      sendings.map(({ queue, batch }) => {
        // The connection took too long: the records are the sender's again.
        if (batch.settled) throw this.#timedOut(queue, batch)
        return { topic: queue.topic, partition: queue.partition, batch: this.#seal(queue, batch, identity) }
      }),
    )
    this.#channel.call(leader.broker, request).then(
      (answers) => this.#returned(leader, sendings, answers),
      (error: LogError) => this.#returned(leader, sendings, error),
    )
  }

  #seal(queue: PartitionQueue, batch: PendingBatch, identity: ProducerIdentity): Buffer {
    const { compression, transactionalId } = this.#options
    if (compression !== 'none') {
      batch.compressed ??= compress(compression, batch.records.bytes.subarray(BATCH_HEADER_SIZE))
    }
    return sealBatch(batch.records, {
      producerId: Number(identity.id),
      producerEpoch: queue.epoch,
      baseSequence: queue.sequence,
      transactional: transactionalId !== undefined,
      compression: COMPRESSION_CODECS[compression],
      records: batch.compressed,
      checksum: crc32c,
    })
  }

  #returned(leader: PartitionLeader, sendings: readonly Sending[], result: ProduceAnswer[] | LogError): void {
    this.#requests.set(leader.nodeId, (this.#requests.get(leader.nodeId) ?? 1) - 1)
    this.#inFlight--
    const answers = new Map(
      result instanceof LogError ? [] : result.map((answer) => [`${answer.partition}:${answer.topic}`, answer]),
    )
    for (const { queue, batch } of sendings) {
      queue.returned()
      const answer = answers.get(`${queue.partition}:${queue.topic}`)
      if (answer !== undefined) this.#answered(queue, batch, answer)
      else this.#lost(queue, batch, result instanceof LogError ? result : undefined)
      // Given up while it was on the wire.
      if (batch.settled && queue.batches.includes(batch)) this.#forget(queue, batch)
    }
    if (this.#inFlight === 0) {
      this.#idle?.()
      this.#idle = undefined
    }
    this.#schedulePump()
  }

  #answered(queue: PartitionQueue, batch: PendingBatch, { errorCode, baseOffset }: ProduceAnswer): void {
    const { topic, partition } = queue
    if (errorCode === ErrorCode.none || errorCode === ErrorCode.duplicateSequence) {
      queue.succeeded(batch)
      batch.settled = true
      batch.deadline.cancel()
      batch.resolve({ topic, partition, baseOffset })
      return
    }
    if (UNCERTAIN_CODES.has(errorCode)) batch.uncertain = true
    const plain = this.#options.transactionalId === undefined
    if (plain && !batch.uncertain && isOutOfSequence(errorCode)) {
      // The broker has lost track of us: records of this producer were deleted, or their time was over.
      queue.newEpoch()
    } else if (isRetriable(errorCode) && errorCode !== ErrorCode.concurrentTransactions) {
      this.#metadata.markStale(topic)
      this.#backOff()
    } else {
      if (!plain && isOutOfSequence(errorCode)) this.#lostTrack = true
      this.#giveUp(queue, batch, this.#error(errorCode, queue, batch))
    }
  }

  #lost(queue: PartitionQueue, batch: PendingBatch, error: LogError | undefined): void {
    const code = error?.code ?? ''
    if (!NOT_SENT_CODES.has(code)) batch.uncertain = true
    if (error?.fatal || code === 'UNSUPPORTED_COMPRESSION_TYPE') this.#giveUp(queue, batch, error as LogError)
    this.#metadata.markStale(queue.topic)
    this.#backOff()
  }

  #expire(queue: PartitionQueue, batch: PendingBatch): void {
    this.#giveUp(queue, batch, this.#timedOut(queue, batch))
    this.#schedulePump()
  }

  /** Rejects a batch; it leaves the queue at once, or when its answer is there. */
  #giveUp(queue: PartitionQueue, batch: PendingBatch, error: LogError): void {
    batch.deadline.cancel()
    if (!batch.settled) {
      batch.settled = true
      batch.reject(error)
    }
    if (!queue.isOnWire(batch)) this.#forget(queue, batch)
  }

  #forget(queue: PartitionQueue, batch: PendingBatch): void {
    queue.remove(batch)
    if (!batch.uncertain) return
    if (this.#options.transactionalId === undefined) queue.newEpoch()
    else this.#lostTrack = true
  }

  #timedOut({ topic, partition }: PartitionQueue, { records }: PendingBatch): LogError {
    return new LogError(
      'DELIVERY_TIMEOUT',
      `a batch of ${records.count} records for ${topic}-${partition} was not acknowledged within ${this.#options.deliveryTimeoutMs} ms`,
      { coordinates: { topic, partition } },
    )
  }

  #error(code: number, { topic, partition }: PartitionQueue, batch: PendingBatch): LogError {
    const { count, size } = batch.records
    const doing = `write ${count} record${count === 1 ? '' : 's'} (${size} bytes) to ${topic}-${partition}`
    return protocolError(code === ErrorCode.recordListTooLarge ? ErrorCode.messageTooLarge : code, doing, {
      topic,
      partition,
    })
  }

  #backOff(): void {
    if (this.#backingOff || this.#closed) return
    this.#backingOff = true
    void this.#clock.sleep(BACKOFF_MS).then(() => {
      this.#backingOff = false
      this.#pump()
    })
  }

  /** Partitions take part in the transaction before their first batch. True while that must be awaited. */
  #addMissing(): boolean {
    if (this.#adding) return true
    const missing = [...this.#queues.values()].filter((queue) => queue.batches.length > 0 && !this.#added.has(queue))
    if (missing.length === 0) return false
    this.#adding = true
    this.#options.addPartitions(missing.map(({ topic, partition }) => ({ topic, partition }))).then(
      () => {
        this.#adding = false
        for (const queue of missing) this.#added.add(queue)
        this.#pump()
      },
      (error: LogError) => {
        this.#adding = false
        for (const queue of missing) for (const batch of [...queue.batches]) this.#giveUp(queue, batch, error)
        this.#pump()
      },
    )
    return true
  }

  async #lookUp(topics: ReadonlySet<string>): Promise<void> {
    if (this.#lookingUp) return
    this.#lookingUp = true
    let failure: LogError | undefined
    try {
      await this.#metadata.refresh(topics)
    } catch (error) {
      if (error instanceof LogError && error.fatal) failure = error
    } finally {
      this.#lookingUp = false
    }
    let waiting = false
    for (const [key, queue] of this.#queues) {
      const { topic, partition } = queue
      if (!topics.has(topic)) continue
      if (this.#metadata.leader(topic, partition) !== undefined) {
        this.#unknownSince.delete(key)
        continue
      }
      waiting = true
      const unknown = this.#unknownForLong(key, queue) ? ErrorCode.unknownTopicOrPartition : undefined
      const error = failure !== undefined && concernsTopic(failure, topic) ? failure : unknown
      if (error === undefined) continue
      for (const batch of [...queue.batches]) {
        this.#giveUp(queue, batch, error instanceof LogError ? error : this.#error(error, queue, batch))
      }
    }
    if (waiting) this.#backOff()
    else this.#pump()
  }

  /** A topic may be unknown for a moment after it was created. */
  #unknownForLong(key: string, { topic, partition }: PartitionQueue): boolean {
    const count = this.#metadata.partitionCount(topic)
    if (count !== undefined && partition < count) return false
    const now = this.#clock.monotonic()
    const since = this.#unknownSince.get(key) ?? now
    this.#unknownSince.set(key, since)
    return now - since >= UNKNOWN_TOPIC_GRACE_MS
  }
}

function isOutOfSequence(code: number): boolean {
  return (
    code === ErrorCode.outOfOrderSequence ||
    code === ErrorCode.unknownProducerId ||
    code === ErrorCode.invalidProducerEpoch
  )
}
