import { describe, expect, it } from 'vitest'
import { parseAddresses } from './addresses.ts'

describe('parseAddresses', () => {
  it('reads hosts with and without ports, lists and IPv6', () => {
    expect(parseAddresses(['a:1,b.example', ' c:65535 ', '[::1]:9093'])).toEqual([
      { host: 'a', port: 1 },
      { host: 'b.example', port: 9092 },
      { host: 'c', port: 65535 },
      { host: '::1', port: 9093 },
    ])
  })

  it('lists all that is wrong', () => {
    expect(() => parseAddresses(['good:9092', ':1', 'host:99999'])).toThrow(/':1'.*'host:99999'/)
    expect(() => parseAddresses([])).toThrow(/at least one/)
  })
})
