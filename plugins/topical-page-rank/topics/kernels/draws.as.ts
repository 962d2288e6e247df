/**
 * Gamma variates of shape 100 and scale 0.01, from a generator that begins anew for each row: what is drawn for a row does
 * not depend on which thread draws it.
 *
 * @see Marsaglia and Tsang 2000, A Simple Method for Generating Gamma Variables
 * @see Leva 1992, A Fast Normal Random Number Generator
 * @see Blackman and Vigna 2018, Scrambled Linear Pseudorandom Number Generators: xoshiro256++, seeded by splitmix64
 */

const scale: f64 = 0.01
/** shape - 1/3, and 1 / sqrt(9 (shape - 1/3)) */
const d: f64 = 100.0 - 1.0 / 3
const c: f64 = 1 / 29.949958263743873
/** 2^-53 */
const unit: f64 = 1.1102230246251565e-16

let s0: u64 = 0
let s1: u64 = 0
let s2: u64 = 0
let s3: u64 = 0

// In halves: 64 bits are more than a number of TypeScript has.
const golden: u64 = (0x9e3779b9 << 32) | 0x7f4a7c15
const firstMix: u64 = (0xbf58476d << 32) | 0x1ce4e5b9
const secondMix: u64 = (0x94d049bb << 32) | 0x133111eb

function mix(x: u64): u64 {
  let z = (x ^ (x >> 30)) * firstMix
  z = (z ^ (z >> 27)) * secondMix
  return z ^ (z >> 31)
}

/** Begins the stream of one row of one step. */
export function seed(base: u32, step: u32, row: u32): void {
  let state = mix((((base as u64) << 32) | (step as u64)) + golden)
  state = mix(state ^ (row as u64))
  state += golden
  s0 = mix(state)
  state += golden
  s1 = mix(state)
  state += golden
  s2 = mix(state)
  state += golden
  s3 = mix(state)
}

/** Uniform in [0, 1). */
function uniform(): f64 {
  const bits = rotl(s0 + s3, 23) + s0
  const t = s1 << 17
  s2 ^= s0
  s3 ^= s1
  s1 ^= s2
  s0 ^= s3
  s2 ^= t
  s3 = rotl(s3, 45)
  return ((bits >> 11) as f64) * unit
}

/** ln x of a normal number above 0: 2 atanh((m - 1) / (m + 1)) + e ln 2, m in [0.707, 1.414]. */
function ln(x: f64): f64 {
  const bits = reinterpret<u64>(x)
  let e = ((bits >> 52) as i32) - 1023
  let m = reinterpret<f64>((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000)
  if (m > Math.SQRT2) {
    m *= 0.5
    e++
  }
  const s = (m - 1) / (m + 1)
  const r = s * s
  let series: f64 = 1.0 / 21
  series = series * r + 1.0 / 19
  series = series * r + 1.0 / 17
  series = series * r + 1.0 / 15
  series = series * r + 1.0 / 13
  series = series * r + 1.0 / 11
  series = series * r + 1.0 / 9
  series = series * r + 1.0 / 7
  series = series * r + 1.0 / 5
  series = series * r + 1.0 / 3
  series = series * r + 1
  return 2 * s * series + (e as f64) * Math.LN2
}

/** Of the normal distribution: a ratio of uniforms, of which one in a hundred needs a logarithm. */
function normal(): f64 {
  while (true) {
    const u = 1 - uniform()
    const v = 1.7156 * (uniform() - 0.5)
    const x = u - 0.449871
    const y = abs(v) + 0.386595
    const q = x * x + y * (0.196 * y - 0.25472 * x)
    if (q < 0.27597) return v / u
    if (q <= 0.27846 && v * v <= -4 * u * u * ln(u)) return v / u
  }
}

function gamma(): f64 {
  while (true) {
    const x = normal()
    const root = 1 + c * x
    if (root <= 0) continue
    const v = root * root * root
    // In (0, 1], so that it has a logarithm.
    const u = 1 - uniform()
    const square = x * x
    if (u < 1 - 0.0331 * square * square) return d * v * scale
    if (ln(u) < 0.5 * square + d * (1 - v + ln(v))) return d * v * scale
  }
}

/** Writes `count` variates, f64 each. */
export function draw(at: usize, count: i32): void {
  const end = at + ((count as usize) << 3)
  for (; at < end; at += 8) store<f64>(at, gamma())
}
