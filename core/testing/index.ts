/** What a plugin's own tests need: a shared suite, and a real host. */
export { startHost, type TestContext, type TestHost } from './start-host.js'
export { type PluginExample, type PluginReport, type PluginTestOptions, testPlugin } from './test-plugin.js'
