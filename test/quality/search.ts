import { claimParams, claimsFile, type Figure, rankingOn, type Sets, trainDocSim } from './sets.js'

const measures = ['MAP@5', 'MRR', 'recall@10']
// Vectors play no part in BM25, and the shortest training will do.
const bm25 = { ...claimParams, search: 'bm25', epochs: 1 }
const both = { columns: ['vclaim', 'title'] }
const blended = {
  ...claimParams,
  search: 'vector',
  normalization: 'stemming',
  weighting: 'sif',
  remove_principal_components: 2,
  blend: 0.9,
}
const searches = {
  'BM25, claim': { params: bm25, least: 0.71 },
  'BM25 with k1 1.2 and b 0.75, claim': { params: { ...bm25, bm25_k1: 1.2, bm25_b: 0.75 } },
  'BM25, claim and title': { params: { ...bm25, ...both }, least: 0.77 },
  'vectors as the original, claim': { params: { ...claimParams, search: 'vector' } },
  'vectors and words, claim': { params: blended },
  'vectors and words, claim and title': { params: { ...blended, ...both } },
}

/** How well each search finds the claims that were checked already: CheckThat development queries. */
export async function checkSearch(sets: Sets): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [name, search] of Object.entries(searches)) {
    const artifact = await trainDocSim(sets, 'search', claimsFile(sets), search.params)
    for (const measure of measures) {
      const value = await rankingOn(sets, artifact, measure)
      const least = measure === 'MAP@5' && 'least' in search ? search.least : undefined
      const asked = least === undefined ? { beside: '' } : { beside: `at least ${least}`, isMet: value >= least }
      figures.push({ name, measure: `${measure}, CheckThat dev`, value, ...asked })
    }
  }
  return figures
}
