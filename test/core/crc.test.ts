import fc from 'fast-check'
import t from 'tap'
import { type Crc, createCrc32c, createCrc64Nvme } from '../../core/store/s3/crc.js'

const crcOf = (crc: Crc, ...parts: readonly Uint8Array[]) => {
  for (const part of parts) crc.update(part)
  return crc.digest().toString('hex')
}
const ascending = Uint8Array.from({ length: 32 }, (_, i) => i)

t.test('CRC32C has the published values', t => {
  t.equal(crcOf(createCrc32c(), Buffer.from('123456789')), 'e3069283')
  // RFC 3720, appendix B.4
  t.equal(crcOf(createCrc32c(), new Uint8Array(32)), '8a9136aa')
  t.equal(crcOf(createCrc32c(), new Uint8Array(32).fill(255)), '62a8ab43')
  t.equal(crcOf(createCrc32c(), ascending), '46dd794e')
  t.equal(crcOf(createCrc32c(), ascending.toReversed()), '113fdb5c')
  t.equal(crcOf(createCrc32c()), '00000000')
  t.end()
})

t.test('CRC64NVME has the published values', t => {
  t.equal(crcOf(createCrc64Nvme(), Buffer.from('123456789')), 'ae8b14860a799888')
  // NVM Command Set Specification 1.0, figure "64b CRC Test Cases for 4 KiB Logical Block with no Metadata"
  const block = Buffer.alloc(4096)
  t.equal(crcOf(createCrc64Nvme(), block), '6482d367eb22b64e')
  t.equal(crcOf(createCrc64Nvme(), Buffer.from(block).fill(255)), 'c0ddba7302eca3ac')
  t.equal(crcOf(createCrc64Nvme()), '0000000000000000')
  t.end()
})

/** A bit at a time, as the polynomial division is defined. */
function bitByBit(bytes: Uint8Array, polynomial: bigint, bits: number): string {
  let value = (1n << BigInt(bits)) - 1n
  for (const byte of bytes) {
    value ^= BigInt(byte)
    for (let i = 0; i < 8; i++) value = (value & 1n) === 1n ? (value >> 1n) ^ polynomial : value >> 1n
  }
  return (value ^ ((1n << BigInt(bits)) - 1n)).toString(16).padStart(bits / 4, '0')
}

t.test('both are those of the definition, however the bytes are cut', t => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), parts => {
      const whole = Buffer.concat(parts)
      const found = [crcOf(createCrc32c(), ...parts), crcOf(createCrc64Nvme(), ...parts)]
      const expected = [bitByBit(whole, 0x82f63b78n, 32), bitByBit(whole, 0x9a6c9329ac4bc9b5n, 64)]
      return found.join() === expected.join()
    }),
  )
  t.pass()
  t.end()
})
