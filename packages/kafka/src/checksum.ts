/** CRC-32C of record batches, in native code. */

import { crc32c } from '@node-rs/crc32'

export const checksum = (bytes: Uint8Array): number => crc32c(bytes)
