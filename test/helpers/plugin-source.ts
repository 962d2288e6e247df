/** The source of a plugin's module that imports nothing, with these fields instead of the good ones. */
export function pluginSource(name: string, fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    name: `'${name}'`,
    summary: "'For tests.'",
    version: "'1.0.0'",
    params: "{ type: 'object', properties: {} }",
    request: "{ type: 'string' }",
    response: '{}',
    hasModelFile: 'false',
    load: '() => 1',
    predict: '() => 2',
    ...fields,
  }
  const lines = Object.entries(all).map(([field, code]) => `  ${field}: ${code},\n`)
  return `export default {\n${lines.join('')}}\n`
}

/** The package.json of a plugin. */
export const pluginPackage = (name: string, fields: object = {}) =>
  JSON.stringify({
    name,
    version: '1.2.3',
    type: 'module',
    exports: './index.js',
    keywords: ['modelhost-plugin'],
    peerDependencies: { modelhost: '^0.1.0' },
    ...fields,
  })
