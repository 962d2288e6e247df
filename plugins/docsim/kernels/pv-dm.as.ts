/**
 * One pass of PV-DM over one document: sample, shrink, learn. AssemblyScript; `pv-dm.ts` beside it is the typed door,
 * `test/twins/pv-dm.ts` says the same in TypeScript.
 *
 * Vectors are rows of f32, padded with zeros to whole blocks of eight. All is float32, in the order that the twin has.
 */

const blockBytes: usize = 32
const maxDocumentWords: i32 = 10000
const maxActivation: f32 = 6
// 1000 / 6 / 2 cut to an integer, as gensim's C code has it: the table is read some entries low.
const entriesPerUnit: f32 = 83

// Every thread has an instance of its own, and so these.
let words: usize = 0
let documents: usize = 0
let outputs: usize = 0
let rowBytes: usize = 0
let keep: usize = 0
let noise: usize = 0
let noiseRange: u32 = 0
let buckets: usize = 0
let bucketShift: u32 = 0
let sigmoid: usize = 0
let window: i32 = 0
let negative: i32 = 0
/** Where the vectors of kept words begin, u32 each; then by how much each window shrinks, u32 each. */
let rows: usize = 0
let shrinks: usize = 0
let hidden: usize = 0
let error: usize = 0
let state: u64 = 0

/** Addresses of the matrices; bytes of a row. */
export function setWeights(wordsAt: usize, documentsAt: usize, outputsAt: usize, bytesOfRow: usize): void {
  words = wordsAt
  documents = documentsAt
  outputs = outputsAt
  rowBytes = bytesOfRow
}

/** Addresses of the tables; `keepAt` is 0 where no word is sampled away. */
export function setTables(
  keepAt: usize,
  noiseAt: usize,
  range: u32,
  bucketsAt: usize,
  shift: u32,
  sigmoidAt: usize,
): void {
  keep = keepAt
  noise = noiseAt
  noiseRange = range
  buckets = bucketsAt
  bucketShift = shift
  sigmoid = sigmoidAt
}

export function setWindow(wordsOnEachSide: i32, drawnWords: i32): void {
  window = wordsOnEachSide
  negative = drawnWords
}

/** This thread's own: 8 bytes for each of 10,000 words, then two rows. */
export function setScratch(at: usize): void {
  rows = at
  shrinks = at + 4 * maxDocumentWords
  hidden = at + 8 * maxDocumentWords
  error = hidden + rowBytes
}

/** 48 bits. */
export function seed(low: u32, high: u32): void {
  state = (((high as u64) << 32) | (low as u64)) & 0xffff_ffff_ffff
}

/** Where the generator stands: what `seed` would be told to go on from here. */
export function seedLow(): u32 {
  return state as u32
}

export function seedHigh(): u32 {
  return (state >> 32) as u32
}

/** gensim's generator: 32 bits of a 48-bit state. */
function draw(): u32 {
  const value = (state >> 16) as u32
  state = (state * 25214903917 + 11) & 0xffff_ffff_ffff
  return value
}

/** The words from `at` to `end` that sub-sampling keeps. Returns how many. */
export function sample(at: usize, end: usize): i32 {
  let count: i32 = 0
  for (; at < end && count < maxDocumentWords; at += 4) {
    const word = load<u32>(at) as usize
    if (keep !== 0 && load<u32>(keep + (word << 2)) < draw()) continue
    store<u32>(rows + ((count as usize) << 2), (words + word * rowBytes) as u32)
    count++
  }
  return count
}

/** Draws by how much each window shrinks. */
export function shrink(count: i32): void {
  for (let i: i32 = 0; i < count; i++) store<u32>(shrinks + ((i as usize) << 2), draw() % (window as u32))
}

/** The first word whose noise entry is at least `r`: the bucket of r says where to begin. */
function search(r: u32): usize {
  const bucket = (r >> bucketShift) as usize
  let word = load<u32>(buckets + (bucket << 2)) as usize
  while (load<u32>(noise + (word << 2)) < r) word++
  return word
}

/** hidden = mean of the document's vector and those of the context. */
function average(document: usize, target: usize, from: usize, to: usize): void {
  const share = f32x4.splat((1 as f32) / (((to - from) >> 2) as f32))
  for (let k: usize = 0; k < rowBytes; k += blockBytes) {
    let a = v128.load(document + k)
    let b = v128.load(document + k, 16)
    for (let at = from; at < to; at += 4) {
      if (at === target) continue
      const row = (load<u32>(at) as usize) + k
      a = f32x4.add(a, v128.load(row))
      b = f32x4.add(b, v128.load(row, 16))
    }
    v128.store(hidden + k, f32x4.mul(a, share))
    v128.store(hidden + k, f32x4.mul(b, share), 16)
    v128.store(error + k, f32x4.splat(0))
    v128.store(error + k, f32x4.splat(0), 16)
  }
}

/** hidden . row */
function dot(row: usize): f32 {
  let a = f32x4.splat(0)
  let b = f32x4.splat(0)
  for (let k: usize = 0; k < rowBytes; k += blockBytes) {
    a = f32x4.add(a, f32x4.mul(v128.load(hidden + k), v128.load(row + k)))
    b = f32x4.add(b, f32x4.mul(v128.load(hidden + k, 16), v128.load(row + k, 16)))
  }
  const sum = f32x4.add(a, b)
  return (
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  )
}

/** One word against hidden: error += gradient * row, row += gradient * hidden. */
function learnOutput(row: usize, label: f32, alpha: f32): void {
  const activation = dot(row)
  if (!(abs(activation) < maxActivation)) return
  const entry = ((activation + maxActivation) * entriesPerUnit) as i32 as usize
  const gradient = f32x4.splat((label - load<f32>(sigmoid + (entry << 2))) * alpha)
  for (let k: usize = 0; k < rowBytes; k += 16) {
    const output = v128.load(row + k)
    v128.store(error + k, f32x4.add(v128.load(error + k), f32x4.mul(gradient, output)))
    v128.store(row + k, f32x4.add(output, f32x4.mul(gradient, v128.load(hidden + k))))
  }
}

function addError(row: usize): void {
  for (let k: usize = 0; k < rowBytes; k += 16) {
    v128.store(row + k, f32x4.add(v128.load(row + k), v128.load(error + k)))
  }
}

/** Learns from the `count` kept words of a document. */
export function learn(document: u32, count: i32, alpha: f32): void {
  const documentRow = documents + (document as usize) * rowBytes
  for (let i: i32 = 0; i < count; i++) {
    const reach = window - (load<u32>(shrinks + ((i as usize) << 2)) as i32)
    const from = rows + ((max(0, i - reach) as usize) << 2)
    const to = rows + ((min(count, i + reach + 1) as usize) << 2)
    const target = rows + ((i as usize) << 2)
    average(documentRow, target, from, to)
    const targetRow = (load<u32>(target) as usize) - words + outputs
    learnOutput(targetRow, 1, alpha)
    for (let n: i32 = 0; n < negative; n++) {
      const row = outputs + search(draw() % noiseRange) * rowBytes
      if (row !== targetRow) learnOutput(row, 0, alpha)
    }
    addError(documentRow)
    for (let at = from; at < to; at += 4) if (at !== target) addError(load<u32>(at) as usize)
  }
}

/** Samples, shrinks and learns. Returns the words learned from. */
export function train(document: u32, at: usize, end: usize, alpha: f32): i32 {
  const count = sample(at, end)
  shrink(count)
  learn(document, count, alpha)
  return count
}
