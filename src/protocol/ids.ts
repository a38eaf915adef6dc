import * as z from 'zod/mini';

/** A worker: `W<n>`, a subagent's id, `conductor`, `user`, or any short name. Never a path: no slash, not `.` or `..`. */
export const workerId = z.string().check(z.regex(/^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/));
/** A name that a person chose: of a ballot, a resource, a checkpoint. Free text on one line. */
export const shortName = z.string().check(z.minLength(1), z.maxLength(1024), z.regex(/^[^\n\r\0]*$/));
/** Claude Code's session id; also the name of the session's folder. */
export const sessionId = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,128}$/));
/** Blocks are counted by the fold: `B1`, `B2`, … */
export const blockId = z.string().check(z.regex(/^B[1-9][0-9]{0,8}$/));
/** Runs are counted by `mkdir`: `R1`, `R2`, … */
export const runId = z.string().check(z.regex(/^R[1-9][0-9]{0,8}$/));

/** The Conductor's name in the log. */
export const CONDUCTOR = 'conductor';
/** The person's name in the log. */
export const USER = 'user';
