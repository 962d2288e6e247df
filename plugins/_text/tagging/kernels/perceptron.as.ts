/**
 * Learns from one sentence: an averaged structured perceptron. AssemblyScript; `perceptron.ts` beside it is the typed
 * door, `test/twins/perceptron.ts` says the same in TypeScript.
 */
import { findBestTags, setViterbi } from './parts/viterbi.as'

/** u32 by word: where its features begin; u32 each, a row of weights. */
let wordFeatures: usize = 0
let features: usize = 0
let gold: usize = 0
/** i16 rows, and f32 rows of each change times the step at which it was made. */
let weights: usize = 0
let changes: usize = 0
/** Numbers of a row: tags, in vectors of eight. */
let width: usize = 0
let tags: usize = 0
/** Rows of whole vectors of four: i32 weights, f32 changes. */
let transitions: usize = 0
let transitionChanges: usize = 0
let transitionWidth: usize = 0
let scores: usize = 0
let found: usize = 0
/** What tag 0 gains in learning where another one is right. */
let cost: i32 = 0
/** Sentences that were learned from, and one. */
let step: f32 = 1

export function setCorpus(wordFeaturesAt: usize, featuresAt: usize, goldAt: usize): void {
  wordFeatures = wordFeaturesAt
  features = featuresAt
  gold = goldAt
}

export function setWeights(tagCount: usize, weightsAt: usize, changesAt: usize): void {
  tags = tagCount
  width = (tagCount + 7) & ~7
  weights = weightsAt
  changes = changesAt
}

export function setTransitions(at: usize, changesAt: usize): void {
  transitions = at
  transitionChanges = changesAt
  transitionWidth = (tags + 3) & ~3
}

/** i32 rows of scores and u8 tags of a sentence; what Viterbi needs. */
export function setScratch(scoresAt: usize, foundAt: usize, pathsAt: usize, backAt: usize): void {
  scores = scoresAt
  found = foundAt
  setViterbi(tags as i32, transitions, pathsAt, backAt)
}

export function setCost(ofFirst: i32): void {
  cost = ofFirst
}

/** From here on adding 1 to an f32 changes nothing. */
const lastStep: f32 = 16_777_216

/** Begins a run, all weights must be 0; or goes on after so many sentences. */
export function begin(sentences: u32): void {
  step = min(lastStep, (sentences as f32) + 1)
}

function placeOf(word: u32): usize {
  return features + ((load<u32>(wordFeatures + ((word as usize) << 2)) as usize) << 2)
}

/** Sums the rows of a word's features. */
function score(word: u32, to: usize): void {
  const from = placeOf(word)
  const end = placeOf(word + 1)
  const rowBytes = width << 1
  for (let k: usize = 0; k < rowBytes; k += 16) {
    let low = i32x4.splat(0)
    let high = i32x4.splat(0)
    for (let at = from; at < end; at += 4) {
      const row = v128.load(weights + (load<u32>(at) as usize) * rowBytes + k)
      low = i32x4.add(low, i32x4.extend_low_i16x8_s(row))
      high = i32x4.add(high, i32x4.extend_high_i16x8_s(row))
    }
    v128.store(to + (k << 1), low)
    v128.store(to + (k << 1), high, 16)
  }
}

/** Learns from the words from `from` to `to`, one sentence of at most 256. Returns how many were tagged wrongly. */
export function learn(from: u32, to: u32): u32 {
  const count = to - from
  const scoreBytes = width << 2
  for (let i: u32 = 0; i < count; i++) {
    const row = scores + (i as usize) * scoreBytes
    score(from + i, row)
    if (load<u8>(gold + ((from + i) as usize)) !== 0) store<i32>(row, load<i32>(row) + cost)
  }
  findBestTags(scores, scoreBytes, count as i32, found)
  let wrong: u32 = 0
  let goldBefore = tags
  let foundBefore = tags
  for (let i: u32 = 0; i < count; i++) {
    const right = load<u8>(gold + ((from + i) as usize)) as usize
    const guess = load<u8>(found + (i as usize)) as usize
    if (right !== guess) {
      wrong++
      moveFeatures(from + i, right, guess)
    }
    if (right !== guess || goldBefore !== foundBefore) {
      moveTransition(goldBefore, right, 1)
      moveTransition(foundBefore, guess, -1)
    }
    goldBefore = right
    foundBefore = guess
  }
  step += 1
  return wrong
}

function moveFeatures(word: u32, right: usize, guess: usize): void {
  const end = placeOf(word + 1)
  for (let at = placeOf(word); at < end; at += 4) {
    const row = (load<u32>(at) as usize) * width
    move(row + right, 1)
    move(row + guess, -1)
  }
}

function move(place: usize, by: i32): void {
  const weight = weights + (place << 1)
  const moved = (load<i16>(weight) as i32) + by
  store<i16>(weight, max(-32768, min(32767, moved)) as i16)
  const change = changes + (place << 2)
  store<f32>(change, load<f32>(change) + (by as f32) * step)
}

function moveTransition(from: usize, to: usize, by: i32): void {
  const place = (from * transitionWidth + to) << 2
  store<i32>(transitions + place, load<i32>(transitions + place) + by)
  store<f32>(transitionChanges + place, load<f32>(transitionChanges + place) + (by as f32) * step)
}

/** From here on down a transition is no weight: no tag may follow. */
const forbidden: i32 = -0x1000_0000

/** How many of these a weight of 1 is in sums: whole numbers, which may be added in any order. */
const unit: f32 = 1024

/** Adds the averaged weights of a run to sums of all runs, i32 of 1/1024 each; other threads may do so at the same time. */
export function addAverages(rows: usize, sums: usize, transitionSums: usize): void {
  const count = rows * width
  for (let i: usize = 0; i < count; i++) {
    const weight = load<i16>(weights + (i << 1)) as f32
    add(sums + (i << 2), weight - load<f32>(changes + (i << 2)) / step)
  }
  const transitionCount = (tags + 1) * transitionWidth
  for (let i: usize = 0; i < transitionCount; i++) {
    const whole = load<i32>(transitions + (i << 2))
    if (whole <= forbidden) continue
    const weight = whole as f32
    add(transitionSums + (i << 2), weight - load<f32>(transitionChanges + (i << 2)) / step)
  }
}

function add(sum: usize, average: f32): void {
  const whole = nearest(average * unit) as i32
  if (whole !== 0) atomic.add<i32>(sum, whole)
}
