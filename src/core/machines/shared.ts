import type { SessionLog } from '#core/session/sessionLog.ts';
import type { Clock } from './clock.ts';
import type { Link } from './link.ts';

/** A session that machines share, as one of them sees it, and what it is carried with. */
export interface SharedSession {
  dir: string;
  session: string;
  space: string;
  /** This machine. */
  machine: string;
  link: Link;
  clock: Clock;
  /** Waits until the bytes of an open file are on disk. */
  sync: (fd: number) => Promise<void>;
  /** Starts those workers of this machine that may start by a copy. */
  startWorkers: (log: SessionLog) => void;
  /** Takes an error that ends nothing: a full disk, a file that cannot be opened. */
  report: (error: unknown) => void;
  /** The most that is brought of one worker's results, in bytes. */
  maxResultBytes: () => number;
}
