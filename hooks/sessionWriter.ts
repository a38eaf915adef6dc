import { logError } from '#core/base/errorLog.ts';
import { claimFolder } from '#core/base/files/aside.ts';
import { lstatOf } from '#core/base/files/facts.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { UnexpectedFileError } from '#core/base/files/ownFolders.ts';
import { nonce } from '#core/base/nonce.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { reduce } from '#core/fold/reduce.ts';
import type { NewEvent } from '#core/log/append.ts';
import { pendingNotes, type CallContext } from '#core/policy/activeBlocks.ts';
import { arm, ARMABLE, armedEntries, armedEvents, armFromState, disarm, type Armable } from '#core/session/armed.ts';
import { claimEvents, deliveredEvents, isClaimable, claimedNotes } from '#core/session/claims.ts';
import { consumeFlags } from '#core/session/flags.ts';
import { originalDir } from '#core/session/folder.ts';
import { isLogReplaced } from '#core/session/generation.ts';
import { publish, publishIfSame } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import type { Note, SessionState } from '#protocol/state.ts';
import type { HookEnvironment } from './hookContext.ts';

/** One run of a hook at a session: reads its log to the end, consumes its flags, appends to it, arms and disarms. */
export class SessionWriter {
  /** Names this run in the log, in its claims. */
  readonly id = nonce();
  /** The folder of the session, and its log. They change when the session leaves the one that it had joined. */
  dir: string;
  log: SessionLog;
  readonly #env: HookEnvironment;
  readonly #armed: Map<Armable, string[]>;
  /** Flags that were obeyed without the log, which could not be written. */
  readonly #unpublished = new Set<string>();
  #claimed: Note[] = [];

  /** Whether this run has appended anything. */
  hasPublished = false;

  /** @param useSnapshot whether the log may be read from its snapshot on */
  constructor(dir: string, env: HookEnvironment, useSnapshot = true) {
    this.dir = dir;
    this.#env = env;
    // before the log is read: the log that is read then has every line that these entries announce
    this.#armed = new Map(
      ARMABLE.flatMap((event) => {
        const entries = armedEntries(dir, event);
        return entries === undefined ? [] : [[event, entries] as const];
      }),
    );
    // no answer depends on the activity
    this.log = new SessionLog(dir, useSnapshot, false);
  }

  get state(): SessionState {
    return this.log.state;
  }

  /**
   * Reads the log to its end and consumes the flags; before this the state is empty. `reset` forgets what belongs to a
   * log that another one has replaced. Throws where the log cannot be read.
   */
  async open(reset: (session: this) => Promise<void>): Promise<this> {
    // another hook may publish and remove a flag after this one has read the log, and before it looks for flags
    const hadFlags = this.#hasFlags();
    try {
      this.#refresh();
      if (!this.log.readOnly && this.log.inode !== -1 && isLogReplaced(this.dir, this.state)) {
        await reset(this).catch((error: unknown) =>
          this.#report('what belongs to the earlier log is still there', error),
        );
        this.#refresh();
      }
    } finally {
      this.attempt('the folders of the session could not be mended', () => this.#claimFolders());
      // the person's flags count even where the log cannot be read
      if (this.#consumeFlags() || hadFlags) this.#refresh();
    }
    return this;
  }

  /** Consumes new flags and folds new lines. Returns whether there were any. */
  refresh(): boolean {
    const hadFlags = this.#consumeFlags();
    return this.#read() || hadFlags;
  }

  /** The folders that the gate looks into: something else in their place is set aside, and reported once. */
  #claimFolders(): void {
    if (this.log.readOnly) return;
    const { armed, flags } = sessionPaths(this.dir);
    // while this hook waits an empty folder would let calls pass that were refused before
    if (lstatOf(armed) === undefined) arm(this.dir, ARMABLE);
    for (const folder of [armed, flags]) {
      if (!claimFolder(folder)) continue;
      if (folder === armed) arm(this.dir, ARMABLE);
      const message = `${folder} was no folder: what was there is beside it now, under another name`;
      this.tryPublish({ t: 'log', level: 'warn', message });
    }
  }

  /** Folds new lines. Where the log is no file any more the blocks of its snapshot stand; without one, throws. */
  #refresh(): boolean {
    try {
      return this.log.refresh();
    } catch (error) {
      if (!(error instanceof UnexpectedFileError)) throw error;
      const isFirst = this.log.inode === -1 && this.log.snapshotSize === 0;
      if (isFirst && !this.log.restoreSnapshot()) throw error;
      return false;
    }
  }

  /** Folds new lines. The session may have joined another one: this hook continues with the log that it began with. */
  #read(): boolean {
    const hasMoved = this.#followJoin();
    return this.#refresh() || hasMoved;
  }

  #followJoin(): boolean {
    // what finds another folder is loaded only where this one is gone
    if (lstatOf(this.dir)?.isDirectory() === true) return false;
    const original = originalDir(this.dir);
    if (original === this.dir) return false;
    this.dir = original;
    this.log = new SessionLog(original, true, false);
    this.log.refresh();
    return true;
  }

  #hasFlags(): boolean {
    return namesIn(sessionPaths(this.dir).flags).length > 0;
  }

  /** Leaves the flags to the hooks of a newer Fermata where one records the session. */
  #consumeFlags(): boolean {
    if (this.log.readOnly || !this.#hasFlags()) return false;
    const known = this.#unpublished.size;
    const published = consumeFlags(this.dir, this.#env.now(), ({ ts, ...event }) => {
      const name = JSON.stringify(event);
      if (this.#unpublished.has(name)) return;
      // the person's word counts where nothing can be written, too
      this.#unpublished.add(name);
      reduce(this.state, { pos: this.log.readEnd, value: { ...event, ts } });
    });
    return published > 0 || this.#unpublished.size > known;
  }

  /** Appends, arms and reads back: the state has the events when this returns. Throws where the log cannot be written. */
  publish(...events: NewEvent[]): void {
    if (events.length === 0) return;
    const now = this.#env.now();
    this.hasPublished = true;
    this.#followJoin();
    if (!publishIfSame(this.dir, this.log.inode, now, events)) publish(this.dir, now, ...events);
    this.#read();
  }

  /** Appends events that only report an answer: where the log cannot be written (a full disk), the answer still counts. */
  tryPublish(...events: NewEvent[]): void {
    this.attempt('not written to the log', () => this.publish(...events));
  }

  /** Does what must not cost the answer: if it fails, as on a full disk, the error log has a line. */
  attempt(failure: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#report(failure, error);
    }
  }

  #report(failure: string, error: unknown): void {
    logError(this.#env.home, 'hook', this.#env.now(), `${failure}: ${(error as Error).message}`);
  }

  /** The notes that this event may deliver, oldest first. `alsoAt` adds those that wait for another event. */
  dueNotes(callContext: CallContext, alsoAt?: HookEvent): Note[] {
    const contexts = [callContext, { ...callContext, event: alsoAt ?? callContext.event }];
    const pending = new Set(contexts.flatMap((context) => pendingNotes(this.state, context)));
    const now = this.#env.now();
    return [...pending].filter((note) => isClaimable(note, now)).toSorted((a, b) => a.pos - b.pos);
  }

  /**
   * Claims notes for this run and returns those that it may print: a claim is appended and read back, and the first claim
   * in the log wins. What is printed has to be confirmed, else the next hook prints it again.
   */
  claimNotes(notes: Note[]): Note[] {
    if (notes.length === 0) return [];
    // a note that cannot be claimed is not printed: a later hook can claim it, and prints it once
    this.tryPublish(...claimEvents(notes, this.id));
    const ours = claimedNotes(this, notes);
    this.#claimed.push(...ours);
    return ours;
  }

  /** Records that the claimed notes were printed, or those of them that reached their reader in another way. */
  confirmDelivery(notes: readonly Note[] = this.#claimed): void {
    if (this.#claimed.length === 0) return;
    const confirmed = this.#claimed.filter((note) => notes.includes(note));
    this.#claimed = this.#claimed.filter((note) => !notes.includes(note));
    this.tryPublish(...deliveredEvents(confirmed, this.id));
  }

  /** Disarms events at which nothing is left to answer, and arms those whose lines were appended without arming. */
  close(): void {
    // without its log nothing is known to be obsolete
    if (this.log.inode === -1) return;
    this.attempt('not armed', () => this.#updateArmed());
  }

  /** Whether the state has a word of the person that the log has not: it is not to be kept. */
  get isAhead(): boolean {
    return this.#unpublished.size > 0;
  }

  #updateArmed(): void {
    const needed = armedEvents(this.state);
    // what a flag has ended stands in the log, and holds again if that never gets the flag's word
    const obsolete = this.isAhead ? [] : [...this.#armed].filter(([event]) => !needed.has(event));
    for (const [event, entries] of obsolete) disarm(this.dir, event, entries);
    // another reader may have relied on a removed entry, and left a line unarmed that its writer did not arm
    if (obsolete.length > 0) this.#read();
    armFromState(this.dir, this.state);
  }
}
