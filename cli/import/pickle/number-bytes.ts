/** Reads one number of an array: of a view, at a place, the lowest byte first or last. */
export type NumberReader = (view: DataView, at: number, isLittle: boolean) => number

const readers: Readonly<Record<string, NumberReader>> = {
  f2: readFloat16,
  f4: (view, at, isLittle) => view.getFloat32(at, isLittle),
  f8: (view, at, isLittle) => view.getFloat64(at, isLittle),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, isLittle) => view.getInt16(at, isLittle),
  i4: (view, at, isLittle) => view.getInt32(at, isLittle),
  i8: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, isLittle) => view.getUint16(at, isLittle),
  u4: (view, at, isLittle) => view.getUint32(at, isLittle),
  u8: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)),
  b1: (view, at) => view.getUint8(at),
}

/** @param code  numpy's, such as `f4`; one of a number */
export const readNumber = (code: string): NumberReader => readers[code]!

/** IEEE 754 binary16, which DataView of Node 20 does not read. */
function readFloat16(view: DataView, at: number, isLittle: boolean): number {
  const bits = view.getUint16(at, isLittle)
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
