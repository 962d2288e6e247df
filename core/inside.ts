import { sep } from 'node:path'

/** Does a path lie in a folder, or is it that folder? Both as `realpath` has them. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
