import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'

export type Files = Readonly<Record<string, string | Uint8Array>>

/** A folder with these files that is gone with the test. */
export async function folder(t: Pick<Test, 'teardown'>, files: Files = {}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'modelhost-test-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content)
  }
  return path
}

/** An artifact of the probe plugin: its params file alone. */
export function probeArtifact(t: Pick<Test, 'teardown'>, params: Record<string, unknown> = {}): Promise<string> {
  return folder(t, { 'Probe-params.json': JSON.stringify({ model_name: 'Probe', ...params }) })
}

/** The compiled module of a plugin in test/fixtures/plugins. */
export function pluginPath(name: string): string {
  return new URL(`../fixtures/plugins/${name}.js`, import.meta.url).pathname
}
