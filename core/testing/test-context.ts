/** What a test gives: tap's `t`, node:test's context, or vitest's. */
export interface TestContext {
  teardown?(handler: () => unknown): void
  after?(handler: () => unknown): void
  onTestFinished?(handler: () => unknown): void
}

/**
 * Where a test takes what is done when it has ended, whether it passed or not.
 *
 * @throws TypeError where the context has no place for that
 */
export function whenOver(t: TestContext): (handler: () => unknown) => void {
  // tap has both; there, `teardown` is its own word.
  if (t.teardown) return handler => t.teardown!(handler)
  if (t.after) return handler => t.after!(handler)
  if (t.onTestFinished) return handler => t.onTestFinished!(handler)
  throw new TypeError(
    'The test context has none of teardown (tap), after (node:test), onTestFinished (vitest). Hand in t.',
  )
}
