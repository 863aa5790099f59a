/**
 * The record sections of compressed batches: gzip and zstd by Node; lz4 (framed) and snappy by @platformatic/wasm-utils where
 * it is installed, since kafkajs brings neither. Java writes snappy in xerial's framing (a 16-byte header, then
 * length-prefixed chunks); other clients write one raw block. We read both and write as Java does.
 */

import { createRequire } from 'node:module'
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { LogError, type ProducerOptions } from 'millrace/log'

export type Compression = NonNullable<ProducerOptions['compression']>

interface WasmCodecs {
  lz4Compress(bytes: Uint8Array): Buffer
  lz4Decompress(bytes: Uint8Array): Buffer
  snappyCompress(bytes: Uint8Array): Buffer
  snappyDecompress(bytes: Uint8Array): Buffer
}

const PACKAGE = '@platformatic/wasm-utils'
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEADER = Buffer.concat([XERIAL_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
/** Uncompressed bytes a chunk: what snappy-java uses. */
const XERIAL_CHUNK = 32 * 1024

let wasm: WasmCodecs | undefined

/** @param codec the low three bits of a batch's attributes. */
export function decompress(codec: number, bytes: Buffer): Buffer {
  switch (codec) {
    case 1:
      return gunzipSync(bytes)
    case 2:
      return fromXerial(bytes)
    case 3:
      return wasmCodecs('lz4').lz4Decompress(bytes)
    case 4:
      return zstdDecompressSync(bytes)
    default:
      throw new RangeError(`compression codec ${codec} is none of gzip (1), snappy (2), lz4 (3), zstd (4)`)
  }
}

/** @throws LogError `UNSUPPORTED_COMPRESSION_TYPE` for snappy and lz4 where their package is missing. */
export function compress(compression: Compression, bytes: Buffer): Buffer {
  switch (compression) {
    case 'none':
      return bytes
    case 'gzip':
      return gzipSync(bytes)
    case 'snappy':
      return toXerial(bytes)
    case 'lz4':
      return wasmCodecs('lz4').lz4Compress(bytes)
    case 'zstd':
      return zstdCompressSync(bytes)
  }
}

function wasmCodecs(codec: 'lz4' | 'snappy'): WasmCodecs {
  if (wasm !== undefined) return wasm
  try {
    wasm = createRequire(import.meta.url)(PACKAGE) as WasmCodecs
    return wasm
  } catch (cause) {
    throw new LogError('UNSUPPORTED_COMPRESSION_TYPE', `${codec} needs a codec: npm install ${PACKAGE}`, { cause })
  }
}

function fromXerial(bytes: Buffer): Buffer {
  const { snappyDecompress } = wasmCodecs('snappy')
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappyDecompress(bytes)
  const chunks: Buffer[] = []
  for (let at = XERIAL_HEADER.length; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const end = at + 4 + length
    if (end > bytes.length) throw new RangeError('a snappy chunk reaches beyond its batch')
    chunks.push(snappyDecompress(bytes.subarray(at + 4, end)))
    at = end
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
}

function toXerial(bytes: Buffer): Buffer {
  const { snappyCompress } = wasmCodecs('snappy')
  const parts: Buffer[] = [XERIAL_HEADER]
  for (let at = 0; at < bytes.length; at += XERIAL_CHUNK) {
    const chunk = snappyCompress(bytes.subarray(at, at + XERIAL_CHUNK))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(chunk.length)
    parts.push(length, chunk)
  }
  return Buffer.concat(parts)
}
