/** Format of the log that this version writes; a log of a newer format is opened read-only. */
export const LOG_FORMAT = 1;
/** Longest line that a writer may append, in bytes; larger payloads belong in a file under the worker's `out/`. */
export const MAX_LINE_BYTES = 64 * 1024;
