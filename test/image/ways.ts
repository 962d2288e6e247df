import type { Test } from 'tap'
import { makeBase } from './base.js'
import { openBuildah } from './buildah.js'
import type { Build } from './image.js'
import { works } from './run.js'
import { buildBySteps } from './steps.js'

/** How an image is built and run where there is no engine, the strongest first. */
const ways = {
  buildah: 'built by buildah, run in a root, mounts and processes of its own',
  steps: "the Dockerfile's steps done here, run in a root, mounts and processes of its own",
  bare: "the Dockerfile's steps done here, run beside this machine's files, its paths given by variables",
} as const

export type Way = keyof typeof ways

export interface Chosen {
  readonly way: Way
  readonly words: string
  /** Why not a stronger one. */
  readonly why: string
  /** Has it a root, mounts and processes of its own? */
  readonly isConfined: boolean
}

/** The strongest way of this machine, or that of MODELHOST_IMAGE_WAY. */
export async function chooseWay(): Promise<Chosen> {
  const { way, why } = await findWay()
  return { way, why, words: ways[way], isConfined: way !== 'bare' }
}

async function findWay(): Promise<{ way: Way; why: string }> {
  const asked = process.env['MODELHOST_IMAGE_WAY']
  if (asked) {
    if (!Object.hasOwn(ways, asked)) {
      throw new Error(`MODELHOST_IMAGE_WAY is "${asked}". Use ${Object.keys(ways).join(', ')}.`)
    }
    return { way: asked as Way, why: 'MODELHOST_IMAGE_WAY asks for it' }
  }
  if (!(await works('unshare', ['--mount', '--pid', '--fork', 'mount', '--bind', '/usr', '/usr']))) {
    return { way: 'bare', why: 'unshare cannot make mounts and processes of their own here' }
  }
  for (const program of ['buildah', 'debootstrap']) {
    if (!(await works('sh', ['-c', `command -v ${program}`])))
      return { way: 'steps', why: `${program} is not installed` }
  }
  // What was fetched before is there; for the rest it takes a network.
  const problem = await makeBase().then(
    () => undefined,
    (error: Error) => error.message.split('\n')[0],
  )
  if (problem !== undefined) return { way: 'steps', why: `there is no base: ${problem}` }
  return { way: 'buildah', why: 'it is the strongest' }
}

export async function openBuild(t: Pick<Test, 'teardown'>, { way }: Chosen): Promise<Build> {
  return way === 'buildah' ? openBuildah(t) : (dockerfile, context) => buildBySteps(t, dockerfile, context)
}
