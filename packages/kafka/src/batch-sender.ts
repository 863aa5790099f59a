/**
 * Gets sealed batches to their leaders: at most five requests in flight a broker, one batch a partition in each, retried with
 * the same producer id, epoch and sequence until the delivery time-out (see `in-flight.ts` for order and sequences).
 *
 * Idempotent always. A gap in a partition's sequences (a batch given up whose fate is unknown) fails what was sent after it
 * and starts a new epoch, so that nothing is ever written twice or out of order by this sender.
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
import { type ConnectionSettings, PooledChannel } from './channel.ts'
import { checksum } from './checksum.ts'
import { compress } from './decompress.ts'
import { protocolError } from './errors.ts'
import { PartitionQueue, type PendingBatch } from './in-flight.ts'
import { type ProduceAnswer, type ProduceTarget, produceRequest } from './produce-request.ts'

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
const MAX_EPOCH = 0x7fff
/** The batch may have been appended although the answer is an error. */
const UNCERTAIN_CODES = new Set([7, 20])

interface Sending {
  readonly queue: PartitionQueue
  readonly batch: PendingBatch
}

export class BatchSender implements Sender {
  /** A gap in a transaction is left to its next batch, which the broker refuses, and to `init`. */
  readonly lostTrack = false
  readonly #metadata: Metadata
  readonly #clock: Clock
  readonly #channel: PooledChannel
  readonly #options: SenderOptions
  readonly #queues = new Map<string, PartitionQueue>()
  readonly #requests = new Map<number, number>()
  /** Partitions of the open transaction. */
  readonly #added = new Set<PartitionQueue>()
  readonly #unknownSince = new Map<string, number>()
  readonly #connecting = new Set<number>()
  #identity: ProducerIdentity | undefined
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
    this.#channel = new PooledChannel(settings, Math.min(REQUEST_TIMEOUT_MS, options.deliveryTimeoutMs), MAX_IN_FLIGHT)
  }

  /** Batches not settled yet. */
  get size(): number {
    let size = 0
    for (const queue of this.#queues.values()) size += queue.size
    return size
  }

  /** A new producer id or epoch: all sequences start again. */
  start(identity: ProducerIdentity): void {
    this.#identity = identity
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
    let queue = this.#queues.get(key)
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition)
      this.#queues.set(key, queue)
    }
    const target = queue
    return new Promise((resolve, reject) => {
      const batch: PendingBatch = {
        records,
        resolve,
        reject,
        deadline: this.#clock.setTimer(this.#options.deliveryTimeoutMs, () => this.#expire(target, batch)),
        sequence: -1,
        producerEpoch: -1,
        inFlight: false,
        uncertain: false,
        failure: undefined,
        compressed: undefined,
      }
      target.add(batch)
      this.#schedulePump()
    })
  }

  /** Gives up all that is not settled; resolves when nothing is on the wire. */
  async drop(reason: LogError): Promise<void> {
    for (const queue of this.#queues.values()) {
      this.#failAll(queue, reason)
    }
    if (this.#inFlight === 0) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const reason = closedError('the producer')
    for (const queue of this.#queues.values()) for (const batch of queue.takeAll()) this.#reject(batch, reason)
    await this.#channel.close()
  }

  #pump(): void {
    const identity = this.#identity
    if (this.#closed || this.#backingOff || identity === undefined) return
    if (this.#options.transactionalId !== undefined && this.#addMissing()) return
    for (;;) {
      const plans = this.#plan()
      if (plans.size === 0) return
      for (const [leader, sendings] of plans) this.#request(leader, sendings, identity)
    }
  }

  #connect({ nodeId, broker }: PartitionLeader): void {
    if (this.#connecting.has(nodeId)) return
    this.#connecting.add(nodeId)
    this.#channel.connect(broker).then(
      () => {
        this.#connecting.delete(nodeId)
        this.#pump()
      },
      (error: LogError) => {
        this.#connecting.delete(nodeId)
        for (const queue of this.#queues.values()) {
          if (this.#metadata.leader(queue.topic, queue.partition)?.nodeId !== nodeId) continue
          this.#metadata.markStale(queue.topic)
          if (error.fatal) this.#failAll(queue, error)
        }
        this.#backOff()
      },
    )
  }

  #failAll(queue: PartitionQueue, error: LogError): void {
    for (const batch of queue.batches()) batch.failure ??= error
    this.#settleFailures(queue)
  }

  /** The next batch of each partition whose leader is known and has room, by leader. */
  #plan(): Map<PartitionLeader, Sending[]> {
    const leaders = new Map<number, PartitionLeader>()
    const plans = new Map<PartitionLeader, Sending[]>()
    const bytes = new Map<PartitionLeader, number>()
    const leaderless = new Set<string>()
    for (const queue of this.#queues.values()) {
      if (!queue.waiting) continue
      const known = this.#metadata.leader(queue.topic, queue.partition)
      if (known === undefined) {
        leaderless.add(queue.topic)
        continue
      }
      if ((this.#requests.get(known.nodeId) ?? 0) >= MAX_IN_FLIGHT) continue
      const connection = this.#channel.established(known.broker)
      if (connection === undefined) {
        this.#connect(known)
        continue
      }
      const batch = queue.next(connection)
      if (batch === undefined) continue
      if (batch.records.size > MAX_BATCH_BYTES) {
        batch.failure = this.#error(ErrorCode.messageTooLarge, queue, batch)
        this.#settleFailures(queue)
        continue
      }
      const leader = leaders.get(known.nodeId) ?? known
      leaders.set(known.nodeId, leader)
      const before = bytes.get(leader) ?? 0
      if (before > 0 && before + batch.records.size > MAX_REQUEST_BYTES) continue
      bytes.set(leader, before + batch.records.size)
      const plan = plans.get(leader)
      if (plan === undefined) plans.set(leader, [{ queue, batch }])
      else plan.push({ queue, batch })
    }
    if (leaderless.size > 0) void this.#lookUp(leaderless)
    return plans
  }

  #request(leader: PartitionLeader, sendings: readonly Sending[], identity: ProducerIdentity): void {
    const connection = this.#channel.established(leader.broker)
    if (connection === undefined) return
    const targets: ProduceTarget[] = []
    for (const { queue, batch } of sendings) {
      queue.sent(batch, identity.epoch, connection)
      targets.push({ topic: queue.topic, partition: queue.partition, batch: this.#seal(batch, identity) })
    }
    this.#requests.set(leader.nodeId, (this.#requests.get(leader.nodeId) ?? 0) + 1)
    this.#inFlight++
    const { transactionalId } = this.#options
    produceRequest(transactionalId, REPLICATION_TIMEOUT_MS, targets)
      .on(connection)
      .then(
        (answers) => this.#returned(leader, sendings, answers),
        (error: LogError) => this.#returned(leader, sendings, error),
      )
  }

  #seal(batch: PendingBatch, identity: ProducerIdentity): Buffer {
    const { compression, transactionalId } = this.#options
    if (compression !== 'none') {
      batch.compressed ??= compress(compression, batch.records.bytes.subarray(BATCH_HEADER_SIZE))
    }
    return sealBatch(batch.records, {
      producerId: Number(identity.id),
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.sequence,
      transactional: transactionalId !== undefined,
      compression: COMPRESSION_CODECS[compression],
      records: batch.compressed,
      checksum,
    })
  }

  #returned(leader: PartitionLeader, sendings: readonly Sending[], result: ProduceAnswer[] | LogError): void {
    this.#requests.set(leader.nodeId, (this.#requests.get(leader.nodeId) ?? 1) - 1)
    this.#inFlight--
    const answers =
      result instanceof LogError
        ? undefined
        : new Map(result.map((answer) => [`${answer.partition}:${answer.topic}`, answer]))
    for (const { queue, batch } of sendings) {
      queue.returned(batch)
      const answer = answers?.get(`${queue.partition}:${queue.topic}`)
      if (answer !== undefined) this.#answered(queue, batch, answer)
      else this.#lost(queue, batch, result instanceof LogError ? result : undefined)
      this.#settleFailures(queue)
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
      batch.deadline.cancel()
      batch.resolve({ topic, partition, baseOffset })
      return
    }
    if (UNCERTAIN_CODES.has(errorCode)) batch.uncertain = true
    if (this.#isOutOfSequence(errorCode)) {
      // Behind one that failed this is only the consequence; at the head the broker has lost track of us.
      if (queue.batches()[0] === batch && queue.inFlight === 0) this.#lostTrack(queue, batch, errorCode)
      queue.again()
    } else if (isRetriable(errorCode) && errorCode !== ErrorCode.concurrentTransactions) {
      queue.again()
      this.#metadata.markStale(topic)
      this.#backOff()
    } else batch.failure ??= this.#error(errorCode, queue, batch)
  }

  #isOutOfSequence(code: number): boolean {
    const plain = this.#options.transactionalId === undefined
    return (
      code === ErrorCode.outOfOrderSequence ||
      code === ErrorCode.unknownProducerId ||
      (plain && code === ErrorCode.invalidProducerEpoch)
    )
  }

  #lostTrack(queue: PartitionQueue, batch: PendingBatch, code: number): void {
    if (this.#options.transactionalId !== undefined || batch.uncertain)
      batch.failure ??= this.#error(code, queue, batch)
    else this.#renewEpoch(queue)
  }

  #lost(queue: PartitionQueue, batch: PendingBatch, error: LogError | undefined): void {
    batch.uncertain = true
    if (error?.fatal) batch.failure ??= error
    queue.again()
    this.#metadata.markStale(queue.topic)
    this.#backOff()
  }

  #expire(queue: PartitionQueue, batch: PendingBatch): void {
    const { topic, partition } = queue
    batch.failure ??= new LogError(
      'DELIVERY_TIMEOUT',
      `a batch of ${batch.records.count} records for ${topic}-${partition} was not acknowledged within ${this.#options.deliveryTimeoutMs} ms`,
      { coordinates: { topic, partition } },
    )
    this.#settleFailures(queue)
  }

  /** Once nothing of the partition is on the wire: fails what must fail, and closes the gap it leaves. */
  #settleFailures(queue: PartitionQueue): void {
    if (queue.inFlight > 0) return
    const failed = queue.batches().filter((batch) => batch.failure !== undefined)
    if (failed.length === 0) return
    const uncertain = failed.find((batch) => batch.uncertain)
    if (uncertain !== undefined) {
      for (const batch of queue.takeSent()) this.#reject(batch, batch.failure ?? (uncertain.failure as LogError))
      this.#renewEpoch(queue)
    }
    for (const batch of failed) {
      if (!queue.batches().includes(batch)) continue
      queue.refused(batch)
      this.#reject(batch, batch.failure as LogError)
    }
    this.#schedulePump()
  }

  /** Later sequences of the partition start at 0 in a new epoch. A transaction gets its own from `init`. */
  #renewEpoch(queue: PartitionQueue): void {
    queue.forgetSequences()
    const identity = this.#identity
    if (identity === undefined || this.#options.transactionalId !== undefined) return
    if (identity.epoch < MAX_EPOCH) this.#identity = { id: identity.id, epoch: identity.epoch + 1 }
  }

  #reject(batch: PendingBatch, error: LogError): void {
    batch.deadline.cancel()
    batch.reject(error)
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
    const missing = [...this.#queues.values()].filter((queue) => queue.size > 0 && !this.#added.has(queue))
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
        for (const queue of missing) {
          this.#failAll(queue, error)
        }
      },
    )
    return true
  }

  async #lookUp(topics: ReadonlySet<string>): Promise<void> {
    if (this.#lookingUp) return
    this.#lookingUp = true
    let fatal: LogError | undefined
    try {
      await this.#metadata.refresh(topics)
    } catch (error) {
      if (error instanceof LogError && error.fatal) fatal = error
    } finally {
      this.#lookingUp = false
    }
    let waiting = false
    for (const queue of this.#queues.values()) {
      if (!topics.has(queue.topic) || queue.size === 0) continue
      if (this.#metadata.leader(queue.topic, queue.partition) !== undefined) {
        this.#unknownSince.delete(queue.topic)
        continue
      }
      waiting = true
      const failure = fatal !== undefined && concernsTopic(fatal, queue.topic) ? fatal : this.#unknownTopic(queue)
      if (failure === undefined) continue
      this.#failAll(queue, failure)
    }
    if (waiting) this.#backOff()
    else this.#pump()
  }

  #unknownTopic(queue: PartitionQueue): LogError | undefined {
    const count = this.#metadata.partitionCount(queue.topic)
    if (count !== undefined && queue.partition < count) return undefined
    const since = this.#unknownSince.get(queue.topic) ?? this.#clock.monotonic()
    this.#unknownSince.set(queue.topic, since)
    if (this.#clock.monotonic() - since < UNKNOWN_TOPIC_GRACE_MS) return undefined
    this.#unknownSince.delete(queue.topic)
    const { topic, partition } = queue
    return protocolError(ErrorCode.unknownTopicOrPartition, `write to ${topic}-${partition}`, { topic, partition })
  }
}
