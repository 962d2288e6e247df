/** Is it a whole number from 0 on? */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
