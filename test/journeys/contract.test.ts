import { startHost } from 'modelhost/testing'
import t from 'tap'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { tellContract } from '../stories/contract.js'

tellContract(t, async (t, settings = {}) => ({
  ...(await startHost(t, { plugins: [pluginPath('probe')], ...settings })),
  place: files => folder(t, files),
}))
