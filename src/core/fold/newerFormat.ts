import { LOG_FORMAT } from '#protocol/parseEvent.ts';
import type { SessionState } from '#protocol/state.ts';

/**
 * Why nothing may be said in a session: a newer Fermata records it, and what its lines mean is not known here. What to
 * do about it is added where it is said. Undefined where the log is one of ours.
 */
export function newerFormatReason({ format = LOG_FORMAT }: SessionState): string | undefined {
  return format > LOG_FORMAT
    ? `This session was recorded by a newer Fermata (format ${format}); it is shown, not changed.`
    : undefined;
}
