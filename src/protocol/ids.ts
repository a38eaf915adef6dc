/** The patterns of ids. Ids come from outside and often become parts of paths. */
export const ID = {
  /** A worker: `W<n>`, a subagent's id, `conductor`, `user`, or any short name. Never a path: no slash, no `.` or `..`. */
  worker: /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/,
  /** Claude Code's session id; also the name of the session's folder. */
  session: /^[A-Za-z0-9_-]{1,128}$/,
  /** A machine, and a space of machines: a part of the subjects of messages between them. */
  machine: /^[A-Za-z0-9_-]{1,128}$/,
  /** Blocks are counted by the fold: `B1`, `B2`, … */
  block: /^B[1-9][0-9]{0,8}$/,
  /** Runs are counted by `mkdir`: `R1`, `R2`, … */
  run: /^R[1-9][0-9]{0,8}$/,
  /** A name that a person chose: of a ballot, a resource, a checkpoint. Free text on one line. */
  name: /^[^\n\r\0]*$/,
} as const;

/** Longest name that a person may choose, in characters. */
export const MAX_NAME = 1024;

export const isWorkerId = (text: string): boolean => ID.worker.test(text);
export const isSessionId = (text: string): boolean => ID.session.test(text);
export const isMachineName = (text: string): boolean => ID.machine.test(text);
export const isRunId = (text: string): boolean => ID.run.test(text);
export const isShortName = (text: string): boolean => text.length > 0 && text.length <= MAX_NAME && ID.name.test(text);

/** The Conductor's name in the log. */
export const CONDUCTOR = 'conductor';
/** The person's name in the log. */
export const USER = 'user';

/** The decision of a ballot by which what waits for it goes on. */
export const PROCEED = 'proceed';
/** The decision of a ballot that holds the end of the turn: by votes, at a tie, or where no quorum can be reached. */
export const ABORT = 'abort';

/** Claude Code's permission modes, the strictest first. */
export const PERMISSION_MODES = ['plan', 'dontAsk', 'default', 'acceptEdits', 'auto', 'bypassPermissions'] as const;

export type PermissionMode = (typeof PERMISSION_MODES)[number];
