/** Who may call a route. One that says nothing is management: where there are tokens, it asks for one. */
export type Access = 'open' | 'predictions' | undefined

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** Is it answered as long as the process works? Others are refused once the host is going. */
    isLasting?: boolean
  }
}

/** Asks nobody for a token. */
export const open = { config: { access: 'open', isLasting: true } } as const
/** Asks for a token where `guardInvoke` is set. */
export const predictions = { config: { access: 'predictions' } } as const
