import { fail, type TensorFile } from 'modelhost'

/** What is wrong with a tagger's file, to whoever opens it. */
export const invalid = ({ file }: Pick<TensorFile, 'file'>, problem: string) =>
  fail('ARTIFACT_INVALID', { file, problem })
