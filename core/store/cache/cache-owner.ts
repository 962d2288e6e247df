/** Who writes in a temporary folder of the cache: a process of this machine that lives or not, or one elsewhere. */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

const pattern = /^([0-9a-f]{16})-(\d{1,10})-(\d{1,20})-[0-9a-f]{12}$/

/** A name for the temporary folder of one cache in this process: machine, process, its start, and chance. */
export function createOwnerName(): string {
  return [machine(), process.pid, startOf(process.pid), randomBytes(6).toString('hex')].join('-')
}

export const isOwnerName = (name: string): boolean => pattern.test(name)

/** Is it known that this owner has ended? Of another machine that can't be said. */
export function hasEnded(owner: string): boolean {
  const [, where, pid, start] = pattern.exec(owner) ?? []
  if (where !== machine()) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
  // Another process may have its number by now.
  return startOf(Number(pid)) !== start
}

/** Where process numbers mean the same: a machine until it starts again, and on it a container. */
function machine(): string {
  const parts = [
    hostname(),
    readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    readOr('', () => readlinkSync('/proc/self/ns/pid')),
  ]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}

/** Ticks from the machine's start to that of a process; 0 where the system does not tell. */
function startOf(pid: number): string {
  const stat = readOr('', () => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  // The name of the program stands in brackets, and may hold anything. (man 5 proc, field 22)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
}

function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
