import { readdir, readFile } from 'node:fs/promises'
import { readSettings } from 'modelhost/host'
import t from 'tap'
import { parse } from 'yaml'
import { folder } from '../helpers/artifacts.js'

/** The files that a reader runs belong together: what one of them names, another makes. */
const container = new URL('../../../container/snowflake/', import.meta.url)
const read = (name: string) => readFile(new URL(name, container), 'utf8')
const withoutComments = (sql: string) => sql.replaceAll(/--.*/g, '')

/** Signature -> where it is asked. */
function functionsOf(sql: string, kind: string): Map<string, string> {
  const statements = sql.matchAll(new RegExp(`CREATE OR REPLACE ${kind} (\\w+\\([^)]*\\))[^;]*?\\bAS '([^']+)'`, 'g'))
  return new Map(Array.from(statements, ([, signature, url]) => [signature!, url!]))
}

t.test('the gateway and the service have the same functions, of the same models', async t => {
  const external = functionsOf(await read('sql/03-functions.sql'), 'EXTERNAL FUNCTION')
  const service = functionsOf(await read('sql/06-container-services.sql'), 'FUNCTION')
  const [, prefix] = /API_ALLOWED_PREFIXES = \('([^']+)'\)/.exec(await read('sql/02-api-integration.sql'))!
  t.strictSame(
    [...external.keys()],
    [
      'ner(text VARCHAR)',
      'ner_at(text VARCHAR, offsets VARCHAR)',
      'keyphrases(text VARCHAR)',
      'document_similarity(text1 VARCHAR, text2 VARCHAR)',
      'ner(model VARCHAR, text VARCHAR)',
    ],
  )
  t.strictSame([...service.keys()], [...external.keys()])
  for (const [signature, url] of external) {
    t.ok(url.startsWith(`${prefix}models`), signature)
    t.equal(service.get(signature), url.replace(`${prefix}models`, '/snowflake'), signature)
  }
})

t.test('roles, schemas and objects are made before they are used', async t => {
  const made = new Set(['accountadmin', 'sysadmin'])
  for (const name of (await readdir(new URL('sql/', container))).sort()) {
    const sql = withoutComments(await read(`sql/${name}`))
    for (const [, role] of sql.matchAll(/CREATE ROLE IF NOT EXISTS (\w+)/g)) made.add(role!)
    for (const [, role] of sql.matchAll(/(?:USE|GRANT|TO) ROLE (\w+)/g)) t.ok(made.has(role!), `${role} in ${name}`)
    for (const [, schema] of sql.matchAll(/CREATE SCHEMA IF NOT EXISTS (\w+\.\w+)/g)) made.add(schema!)
    for (const [, schema] of sql.matchAll(/SCHEMA (modelhost\.\w+)/g)) t.ok(made.has(schema!), `${schema} in ${name}`)
  }
})

t.test('rows are not left out by an id that is NULL', async t => {
  const sql = withoutComments(await read('sql/04-score-once.sql'))
  // What is not in a list with a NULL is not known to be not in it.
  t.notMatch(sql, /NOT IN \(\s*SELECT/i)
  t.match(sql, /WHERE NOT EXISTS \(SELECT 1 FROM scored WHERE scored\.id = tweets_to_score\.id\)/)
})

t.test('the environment of the service is one of a host, which is ready where its probe looks', async t => {
  const { spec } = parse(await read('service.yaml'))
  const [{ env, readinessProbe, volumeMounts, image }] = spec.containers
  const sql = await read('sql/06-container-services.sql')
  const mounts = Object.fromEntries(volumeMounts.map((mount: Record<string, string>) => [mount.name, mount.mountPath]))
  t.equal(mounts.models, env.MODELHOST_STORE)
  t.equal(mounts.cache, env.MODELHOST_CACHE)
  t.strictSame(spec.volumes.map(({ name }: { name: string }) => name).sort(), Object.keys(mounts).sort())
  const [, name] = /^@modelhost\.functions\.(\w+)$/.exec(spec.volumes[0].stageConfig.name)!
  t.match(sql, `CREATE STAGE IF NOT EXISTS ${name} `)
  t.match(sql, `CREATE IMAGE REPOSITORY IF NOT EXISTS ${image.split('/')[3]};`)
  for (const [, endpoint] of sql.matchAll(/ENDPOINT = (\w+)/g)) t.equal(endpoint, spec.endpoints[0].name)

  const store = await folder(t)
  const { settings } = await readSettings({
    flags: {},
    env: { ...env, MODELHOST_STORE: store, MODELHOST_CACHE: store },
  })
  t.match(settings, {
    mode: 'standalone',
    host: '0.0.0.0',
    port: readinessProbe.port,
    loadWaitMs: 50_000,
    snowflakeBatchBytes: 16e6,
  })
  t.equal(spec.endpoints[0].port, readinessProbe.port)
  t.equal(readinessProbe.path, '/health/ready')
  const known = await readFile(new URL('../../docs/configuration.md', container), 'utf8')
  for (const variable of Object.keys(env)) t.match(known, `\`${variable}\``)
})
