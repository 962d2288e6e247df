import { fail, type TensorFile } from 'modelhost'

/** What is wrong with a model file, to whoever loads it. */
export const invalid = ({ file }: Pick<TensorFile, 'file'>, problem: string) =>
  fail('ARTIFACT_INVALID', { file, problem })
