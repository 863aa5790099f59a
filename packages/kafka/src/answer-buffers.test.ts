import { describe, expect, it } from 'vitest'
import { AnswerBuffers } from './answer-buffers.ts'

const KB = 1024

describe('answer buffers', () => {
  it('gather what lies in several chunks, from a position on', () => {
    const chunks = ['ab', 'c', '', 'defg'].map((text) => Buffer.from(text))
    expect(new AnswerBuffers().gather(chunks, 1, 6).bytes.toString()).toBe('bcdefg')
    expect(new AnswerBuffers().gather(chunks, 3, 4).bytes.toString()).toBe('defg')
  })

  it('are used again only when the last part is released', () => {
    const buffers = new AnswerBuffers()
    const chunk = Buffer.alloc(100 * KB, 'x')
    const first = buffers.gather([chunk], 0, chunk.length)
    first.hold()
    first.hold()
    first.release()
    const second = buffers.gather([chunk], 0, chunk.length)
    expect(second.bytes.buffer).not.toBe(first.bytes.buffer)
    first.release()
    const third = buffers.gather([chunk], 10, chunk.length - 10)
    expect(third.bytes.buffer).toBe(first.bytes.buffer)
    expect(third.bytes.length).toBe(chunk.length - 10)
  })
})
