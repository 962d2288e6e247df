import type { EvaluateContext, Progress } from 'modelhost'
import type { DocumentColumns } from '../../_text/documents.js'
import type { Refuse } from '../../_text/table.js'
import type { DocumentSearch } from '../search/document-search.js'

/** What of a model an evaluation looks at. */
export interface EvaluatedModel {
  /** Absent where the model was trained without one. */
  readonly search: Pick<DocumentSearch, 'ids'> | undefined
}

/** What both evaluations work with. */
export interface EvaluationTools
  extends Pick<EvaluateContext<DocumentColumns, never, never, EvaluatedModel>, 'params' | 'model' | 'log'> {
  /** Asks the model: `{text1, text2}` answers a number, `{text, top}` a list of documents. */
  predict(instance: object): Promise<unknown>
  readonly progress: (progress: Progress) => void
  readonly refuse: Refuse
}

/** A few of many, for people. */
export function some(ids: Iterable<string>): string {
  const [...all] = ids
  return all.length > 3 ? `${all.slice(0, 3).join(', ')}, ...` : all.join(', ') || 'none'
}
