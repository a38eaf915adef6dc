/** What the module draws and does: a program of Fermata reads it from the session's log and prints it as JSON. */
export interface ModView {
  /** The session's log: while its size stays the same, so does this. */
  log: string;
  /** The folder of the person's flags. */
  flags: string;
  /** The file of the sign of life; undefined where this is no Claude of the session's own. */
  sign?: string;
  holds: ModHold[];
  /** Votes that wait for the person, a line each. */
  votes: string[];
  /** How many things of the session wait for the person. */
  needsYou: number;
  /** Agents that the person has stopped and that are still at work. */
  stop: string[];
  /** The prompt by which Claude is woken: it is idle, and there is information that may not wait. */
  wake?: string;
}

/** A call, or an end of a turn, that is held. Times are epoch ms. */
export interface ModHold {
  id: string;
  /** What is held: `Bash npm test`. */
  call: string;
  /** A hook keeps it waiting now; else it was refused, or nothing has met that block yet. */
  isHeld: boolean;
  /** The worker and its reason. */
  reason: string;
  /** How many more reasons there are. */
  more: number;
  sinceTs: number;
  /** When the hook stops waiting. */
  untilTs?: number;
  /** The flags by which the person lets it run. */
  release: string[];
}

/** What the module has seen since the last time, for the log. */
export interface ModReport {
  usage?: ModUsage;
  /** Agents whose turn is over for another reason than an answer. */
  ended?: { agent: string; reason: string }[];
}

export interface ModUsage {
  contextTokens?: number;
  contextWindow?: number;
  costUsd?: number;
  limits?: { kind: string; pct: number; resetsTs?: number }[];
}

/** A hold in a line: `Bash npm test is held, 12 s. W1: the tests still run`. */
export function holdLine({ call, reason, more, sinceTs, isHeld }: ModHold, now: number): string {
  const seconds = Math.max(0, Math.floor((now - sinceTs) / 1000));
  const others = more === 0 ? '' : ` (and ${more} more)`;
  const what = call === '' ? 'Fermata' : isHeld ? `${call} is held, ${seconds} s.` : `${call} was refused.`;
  return `\u23f8 ${what} ${reason}${others}`;
}

/** How much waits for the person: `Fermata: 2 need you`. */
export const needsLine = ({ needsYou }: ModView): string =>
  needsYou === 0 ? '' : `Fermata: ${needsYou} ${needsYou === 1 ? 'needs' : 'need'} you`;
