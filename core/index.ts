/** The authors' door: everything a plugin imports. Light, because each lane loads it. */
export { type Static, Type } from 'typebox'
export { describeError, type ErrorCode, fail, HostError, isHostError } from './errors.js'
export {
  type Answer,
  type Artifact,
  type ArtifactFile,
  type ArtifactWriter,
  type Asset,
  type AssetSource,
  type Checkpoints,
  definePlugin,
  type EvaluateContext,
  type Evaluation,
  type FileSize,
  type LoadContext,
  type Log,
  type Measure,
  type Plugin,
  type PluginFile,
  type PluginRoutes,
  type PredictContext,
  type Progress,
  type RouteAccess,
  type RouteAnswer,
  type RouteInvocation,
  type RoutesContext,
  type TrainContext,
  type TrainEnd,
} from './plugin.js'
export { StringList, stringList } from './string-list.js'
export { hashByte, hashStart, StringTable, stringTable } from './string-table.js'
export {
  type Dtype,
  encodeTensorFile,
  type Tensor,
  TensorFile,
  type TensorInfo,
  type TensorSource,
  writeTensorFile,
} from './tensor-file.js'
