const noWarning = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'

/** Makes a client of the AWS SDK, which warns once, when its first one is made, of what a user of this package cannot change. */
export function makeQuietly<T>(make: () => T): T {
  const before = process.env[noWarning]
  process.env[noWarning] = 'true'
  try {
    return make()
  } finally {
    if (before === undefined) delete process.env[noWarning]
    else process.env[noWarning] = before
  }
}

const ignore = () => {}
/** What a client would write to the console is in its errors, too. */
export const silentSdkLog = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }
