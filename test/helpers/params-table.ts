interface ParamSchema {
  readonly type?: string
  readonly anyOf?: readonly ParamSchema[]
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
}

function valuesOf(schema: ParamSchema): string {
  if (schema.enum) return schema.enum.map(value => `\`${value}\``).join(', ')
  if (schema.type === 'array') return 'list of strings'
  if (schema.anyOf) return schema.anyOf.map(valuesOf).join(' or ')
  const low = schema.minimum ?? schema.exclusiveMinimum
  const high = schema.maximum ?? schema.exclusiveMaximum
  if (low === undefined || high === undefined) return schema.type ?? ''
  const from = schema.minimum === undefined ? `more than ${low}` : `${low}`
  const to = schema.maximum === undefined ? `less than ${high}` : `${high}`
  return `${schema.type}, ${from} to ${to}`
}

/** The params of a plugin as the table on its page. */
export function renderParamsTable(params: { readonly properties: object }): string {
  const rows = Object.entries(params.properties as Record<string, ParamSchema>).map(([name, schema]) => {
    // A bar would end the cell.
    const initial = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default).replaceAll('|', '\\|')}\``
    return `| \`${name}\` | ${valuesOf(schema)} | ${initial} | ${schema.description} |`
  })
  return ['| param | values | default | what |', '| --- | --- | --- | --- |', ...rows].join('\n')
}
