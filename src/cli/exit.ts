/** The exit codes of every verb (DESIGN §6). */
export const EXIT = { ok: 0, refused: 1, usage: 2, noSession: 3, timedOut: 4, lockLost: 5, aborted: 6 } as const;

/** Ends a verb with a message for the person or the script that called it. */
export class Failure extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A failure of a valid call whose request is denied. */
export const refused = (message: string): Failure => new Failure(EXIT.refused, message);
/** A failure of an invalid call. */
export const usage = (message: string): Failure => new Failure(EXIT.usage, message);
