import { readJson } from '../gold/files.js'
import {
  claimParams,
  claimsFile,
  type Figure,
  mean,
  rankingOn,
  type Sets,
  spearmanOn,
  trainDocSim,
  writeSentences,
} from './sets.js'

const seeds = [1, 2, 3]
const spearmanTolerance = 3
const mapTolerance = 0.03

interface Reference {
  readonly scores: Record<string, Record<string, Record<string, { mean: number }>>>
}

/** With the params of the original, the means over some seeds beside gensim's. */
export async function checkAsOriginal(sets: Sets): Promise<Figure[]> {
  const { scores } = readJson<Reference>(sets.gold, 'docsim', 'reference.json')
  const beside = (value: number, set: string, model: string, name: string, tolerance: number) => {
    const reference = scores[set]![model]![name]!.mean
    const isMet = Math.abs(value - reference) <= tolerance
    return { value, beside: `gensim ${reference.toFixed(3)}, within ${tolerance}`, isMet }
  }
  const figures: Figure[] = []
  const claims: string[] = []
  for (const seed of seeds) {
    const params = { ...claimParams, search: 'vector', seed }
    claims.push(await trainDocSim(sets, `claims_${seed}`, claimsFile(sets), params))
  }
  const onPairs = mean(await Promise.all(claims.map(artifact => spearmanOn(sets, artifact, 'en'))))
  figures.push({
    name: 'CheckThat claims, en',
    measure: 'Spearman, STSb dev',
    ...beside(onPairs, 'stsb_dev_en', 'checkthat_en', 'spearman', spearmanTolerance),
  })
  const map = mean(await Promise.all(claims.map(artifact => rankingOn(sets, artifact, 'MAP@5'))))
  figures.push({
    name: 'CheckThat claims, en',
    measure: 'MAP@5, CheckThat dev',
    ...beside(map, 'checkthat_dev', 'checkthat_en', 'map@5', mapTolerance),
  })
  for (const language of ['en', 'de']) {
    const data = await writeSentences(sets, language)
    const values: number[] = []
    for (const seed of seeds) {
      const artifact = await trainDocSim(sets, `sentences_${language}_${seed}`, data, { language, seed })
      values.push(await spearmanOn(sets, artifact, language))
    }
    figures.push({
      name: `STSb train sentences, ${language}`,
      measure: 'Spearman, STSb dev',
      ...beside(mean(values), `stsb_dev_${language}`, `sts_${language}`, 'spearman', spearmanTolerance),
    })
  }
  return figures
}
