/** A session at work without any sign of life for this time is shown as quiet. */
export const QUIET_MS = 5 * 60_000;
