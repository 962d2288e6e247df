import t from 'tap'
import { LaneAssets } from '../../core/lane-artifact.js'
import type { AssetImage } from '../../core/lane-messages.js'
import { createSharedMemory, pageBytes } from '../../core/shared-memory.js'

const scratchBytes = 16
const memory = createSharedMemory(2 * pageBytes)
const image: AssetImage = {
  key: 1,
  memory,
  file: { name: 'asset', offset: pageBytes, bytes: 4, fileBytes: 4 },
  scratch: { offset: pageBytes + 16, bytesPerLane: scratchBytes },
}

t.test('the models of a lane get one object for an asset, and the lane lets go of it with the last', async t => {
  const assets = new LaneAssets(0)
  const { words: first } = assets.acquire({ key: 1, assets: { words: image } })
  t.equal(assets.acquire({ key: 2, assets: { words: image, others: { ...image, key: 2 } } })['words'], first)
  assets.release(1)
  assets.release(1)
  t.equal(assets.acquire({ key: 3, assets: { dictionary: image } })['dictionary'], first, 'by whatever name')
  assets.release(2)
  assets.release(3)
  t.not(assets.acquire({ key: 4, assets: { words: image } })['words'], first)
})

t.test('each lane has scratch of its own in an asset', async t => {
  const at = [0, 1].map(lane => new LaneAssets(lane).acquire({ key: 1, assets: { words: image } })['words']!.scratch)
  t.same(
    at.map(({ byteOffset, length }) => [byteOffset, length]),
    [
      [pageBytes + 16, scratchBytes],
      [pageBytes + 16 + scratchBytes, scratchBytes],
    ],
  )
})
