import { describe, expect, it } from 'vitest'
import { Change } from '../processor/change.ts'
import { string } from '../record/serdes/string.ts'
import { changeSerde } from './change-serde.ts'

const serde = changeSerde(string())
const context = { topic: 't', isKey: false }

function hex(change: Change<string>): string {
  return Buffer.from(serde.encode(change, context)).toString('hex')
}

function read(text: string): Change<string> {
  const bytes = Buffer.from(`ffff${text}`, 'hex')
  return serde.decode(bytes, 2, bytes.length, context)
}

describe('changes on a repartition topic', () => {
  it('are written as Kafka Streams writes them', () => {
    expect(hex(new Change<string>(null, 'x'))).toBe('7800')
    expect(hex(new Change<string>('x', null))).toBe('7801')
    expect(hex(new Change('x', 'x'))).toBe('02787802')
  })

  it('are read back, from the middle of a buffer', () => {
    expect(read('7800')).toEqual(new Change(null, 'x'))
    expect(read('7801')).toEqual(new Change('x', null))
    expect(read('04c3a97802')).toEqual(new Change('é', 'x'))
    expect(read('00780' + '2')).toEqual(new Change('', 'x'))
  })

  it('are read with the byte that says whether they are the latest', () => {
    expect(read('780003')).toEqual(new Change(null, 'x', false))
    expect(read('780104')).toEqual(new Change('x', null, true))
    expect(read('0278790005')).toEqual(new Change('x', 'y', false))
  })

  it('are refused where they are none', () => {
    expect(() => hex(new Change<string>(null, null))).toThrow(/neither/)
    expect(() => read('7806')).toThrow(/none of 0 to 5/)
    expect(() => read('')).toThrow(/no change/)
  })
})
