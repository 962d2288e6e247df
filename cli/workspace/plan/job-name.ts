import { createHash } from 'node:crypto'

/** @see SageMaker API, CreateTrainingJob, TrainingJobName */
const maxNameLength = 63

/** @returns `20261127-185427`, in UTC */
export function newId(now: Date): string {
  return now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
}

/**
 * `<project>-<stage>-<model>-<id>` in SageMaker's alphabet. Where that takes something away, a digest of the names stands
 * before the id, so that no two models have one name.
 */
export function jobName(project: string, stage: string, model: string, id: string): string {
  const whole = `${project}-${stage}-${model}`
  const clean = toAlphabet(whole)
  const room = maxNameLength - id.length - 1
  if (clean === whole && clean.length <= room) return `${clean}-${id}`
  const digest = createHash('sha256')
    .update(JSON.stringify([project, stage, model]))
    .digest('hex')
    .slice(0, 8)
  return `${toAlphabet(clean.slice(0, room - digest.length - 1))}-${digest}-${id}`
}

/** Letters, digits, and single hyphens between them; all else becomes one. */
const toAlphabet = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
