/** When a block that a worker has set counts as idle, in milliseconds. */
export const IDLE_BLOCK = {
  /** It keeps Claude from something, and its worker has given no sign for this time. */
  silentMs: 5 * 60_000,
  /** It has never kept Claude from anything for this time, and nothing but its worker would end it. */
  unusedMs: 15 * 60_000,
} as const;
