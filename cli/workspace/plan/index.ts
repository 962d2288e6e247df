/** What the command `plan` is made of; a module of its own, so that other commands do not load it. */
export { readWorkspace } from '../read-workspace.js'
export { readStage } from '../stages.js'
export { readAccount } from './account.js'
export { newId } from './job-name.js'
export { makePlan } from './make-plan.js'
export { findWarnings } from './platform-limits.js'
export { checkRelease, projectName } from './release-names.js'
