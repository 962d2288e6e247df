/**
 * How each page is run whose blocks are executed: its path from the folder of the project -> what it takes besides. A page
 * that is not here may have excerpts only.
 */
import type { Test } from 'tap'
import * as before from './before.js'
import type { Block } from './blocks.js'
import type { Place, PlaceOptions } from './place.js'

export interface PageRun extends PlaceOptions {
  /** It takes less than a second, and is run by `npm test`; others by `npm run test:long`. */
  readonly isFast?: true
  /** A long test of its own runs it, and goes on from there. */
  readonly hasOwnTest?: true
  /** Makes what the page takes for granted. */
  readonly before?: (t: Test, place: Place) => Promise<void>
  /** Told of each block that is done. */
  readonly onDone?: (block: Block) => void
}

export const pages: Readonly<Record<string, PageRun>> = {
  'README.md': { before: before.readme, isCloned: true },
  'cli/workspace/files/data/README.md': { isFast: true, before: before.data },
  'cli/workspace/files/new/README.md': { before: before.workspace },
  'docs/artifacts.md': { before: before.artifacts },
  'docs/authoring.md': { home: '/home/you', isCloned: true, hasOwnTest: true, before: before.packedBeside },
  'docs/batch.md': { before: before.batch },
  'docs/configuration.md': { isFast: true },
  'docs/conformance.md': {},
  'docs/deploy-sagemaker.md': { before: before.packed },
  'docs/docsim.md': {},
  'docs/evaluating.md': {},
  'docs/getting-started.md': { home: '/home/you', isCloned: true },
  'docs/http.md': { isFast: true, before: before.http },
  'docs/importing.md': {},
  'docs/kernels.md': {},
  'docs/migrating-mms.md': {},
  'docs/ner.md': { before: before.ner },
  'docs/operating.md': {},
  'docs/plugins.md': {},
  'docs/snowflake.md': { isFast: true, before: before.snowflake },
  'docs/standalone.md': { home: '/home/you', before: before.standalone },
  'docs/tagger.md': {},
  'docs/testing.md': {},
  'docs/topical-page-rank.md': {},
  'docs/training.md': {},
  'docs/tuning.md': {},
  'docs/tutorials/trump-tweets.md': { before: before.tutorial },
  'docs/use-case.md': {},
  'docs/workspace.md': { before: before.repository },
}
