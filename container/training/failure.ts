import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describeError, isHostError } from '../../core/errors.js'
import type { Log } from '../../core/plugin.js'

/** SageMaker shows the first 1,024 characters; as many bytes are no more of them. */
const maxBytes = 1024
const ellipsis = '…'

/** What is wrong and the next step come first; a stack is for the log. */
export function describeFailure(error: unknown): string {
  return cutBytes(describe(error))
}

const describe = (error: unknown) =>
  isHostError(error) ? error.message : `The training failed: ${describeError(error)}.`

/** The text, or as much of it as `maxBytes` of UTF-8 hold, cut between characters. */
function cutBytes(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes - Buffer.byteLength(ellipsis)
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end) + ellipsis
}

/** Writes the reason of a failure where SageMaker looks for it (FailureReason of DescribeTrainingJob). */
export async function writeFailure(path: string, error: unknown, log: Log): Promise<void> {
  const stack = stackOf(error)
  log.error(stack === undefined ? {} : { stack }, describe(error))
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, describeFailure(error))
  } catch (problem) {
    log.error({ path, problem: describeError(problem) }, 'the reason of the failure cannot be written')
  }
}

/** Of what somebody has to mend in code; bad input and a full disk are told by their message. */
function stackOf(error: unknown): string | undefined {
  const origin = isHostError(error) ? error.cause : error
  const isFault = origin instanceof Error && !('syscall' in origin) && !origin.stack?.startsWith('HostError')
  return isFault ? origin.stack : undefined
}
