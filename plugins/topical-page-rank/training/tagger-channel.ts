import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describeError, TensorFile, type TensorSource } from 'modelhost'
import { shippedTagger } from '../../_text/tagging/shipped.js'
import type { Tagger } from '../../_text/tagging/tagger.js'
import { readTaggerFile, taggerOf } from '../../_text/tagging/tagger-file.js'
import { howToHaveTagger } from '../tagger-source.js'
import { refuse } from '../topics/training/tools.js'

export interface TrainingTagger {
  readonly tagger: Tagger
  /** What the artifact is to hold; absent for a shipped tagger. */
  readonly own: TensorSource | undefined
}

/**
 * The tagger of a training: that of the channel `tagger`, which the artifact then holds, or the shipped one of the
 * language.
 *
 * @param path  of an artifact of the plugin Tagger, or of its model file
 * @throws HostError TRAIN_FAILED
 */
export async function readTrainingTagger(path: string | undefined, language: string): Promise<TrainingTagger> {
  if (path === undefined) {
    const url = shippedTagger(language)
    if (!url) throw refuse(`${howToHaveTagger(language)} and give its folder as the channel "tagger".`)
    return { tagger: await readTaggerFile(url), own: undefined }
  }
  try {
    const file = await modelFileOf(path)
    const bytes = await readFile(file)
    return { tagger: taggerOf(bytes, basename(file)), own: copyOf(new TensorFile(bytes, basename(file))) }
  } catch (error) {
    const problem = `the tagger ${path} cannot be used (${describeError(error)}).`
    throw refuse(`${problem} Give an artifact of the plugin Tagger, or its Tagger-model.`, error)
  }
}

async function modelFileOf(path: string): Promise<string> {
  if (!(await stat(path)).isDirectory()) return path
  const names = (await readdir(path)).filter(name => name.endsWith('-model') && !name.startsWith('.'))
  if (names.length !== 1) throw new Error(`it has ${names.length} files whose names end in "-model"`)
  return join(path, names[0]!)
}

/** The file as it is to be written again: all tensors and all that is said of them. */
function copyOf(file: TensorFile): TensorSource {
  const tensors = file.list().map(({ name, dtype, shape }) => {
    // Taggers have numbers that arrays can have; `tensor` refuses others.
    return [name, { data: file.tensor(name, dtype as 'U8'), shape }] as const
  })
  return { tensors: Object.fromEntries(tensors), metadata: file.metadata }
}
