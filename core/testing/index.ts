/** What a plugin's own tests need: a shared suite, a real host, and a trained artifact. */
export { HostAnswerError } from './host-answer.js'
export { formatReport, type LeftOut, type PluginReport } from './report.js'
export type { PredictTimes } from './speed.js'
export { startHost, type TestHost } from './start-host.js'
export type { TestContext } from './test-context.js'
export { type PluginExample, type PluginTestOptions, testPlugin } from './test-plugin.js'
export { type TrainArtifactOptions, trainArtifact } from './train-artifact.js'
export type { TrainTest } from './train-checks.js'
