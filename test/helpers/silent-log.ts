import type { Log } from 'modelhost'

const quiet = () => {}

export const silentLog: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
