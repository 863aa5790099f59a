import { snappyCompress } from '@platformatic/wasm-utils'
import { COMPRESSION_CODECS } from 'millrace/log'
import { describe, expect, it } from 'vitest'
import { compress, decompress } from './decompress.ts'

const texts = { empty: '', short: 'abc', 'beyond a snappy chunk': 'a few words, '.repeat(10_000) }

describe('compression', () => {
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    for (const [name, text] of Object.entries(texts)) {
      it(`${codec}: ${name}`, () => {
        const bytes = Buffer.from(text)
        const packed = compress(codec, bytes)
        expect(decompress(COMPRESSION_CODECS[codec], packed).toString()).toBe(text)
        if (text.length > 1000) expect(packed.length).toBeLessThan(bytes.length / 5)
      })
    }
  }

  it('reads snappy without a framing too', () => {
    expect(decompress(2, snappyCompress(Buffer.from('raw block'))).toString()).toBe('raw block')
  })

  it('refuses a snappy chunk that reaches beyond the batch', () => {
    const packed = compress('snappy', Buffer.from('some text'))
    expect(() => decompress(2, packed.subarray(0, packed.length - 1))).toThrow(/beyond its batch/)
  })

  it('refuses codecs nobody knows', () => {
    expect(() => decompress(7, Buffer.alloc(1))).toThrow(/codec 7/)
  })
})
