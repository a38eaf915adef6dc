import { logError } from '#core/base/errorLog.ts';
import { nonce } from '#core/base/nonce.ts';
import type { NewEvent } from '#core/log/append.ts';
import { pendingNotes, type CallContext } from '#core/policy/activeBlocks.ts';
import { ARMABLE, armedEntries, armedEvents, armFromState, disarm, type Armable } from '#core/session/armed.ts';
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
  /** Names this run in the log: the first `delivered` with it wins. */
  readonly id = nonce();
  /** The folder of the session, and its log. They change when the session leaves the one that it had joined. */
  dir: string;
  log: SessionLog;
  readonly #env: HookEnvironment;
  readonly #armed: Map<Armable, string[]>;

  constructor(dir: string, env: HookEnvironment) {
    this.dir = dir;
    this.#env = env;
    // before the log is read: the log that is read then has every line that these entries announce
    this.#armed = new Map(ARMABLE.map((event) => [event, armedEntries(dir, event)]));
    this.log = new SessionLog(dir);
  }

  get state(): SessionState {
    return this.log.state;
  }

  /**
   * Reads the log to its end and consumes the flags; before this the state is empty. `reset` forgets what belongs to a
   * log that another one has replaced. Throws where the log cannot be read.
   */
  async open(reset: (session: this) => Promise<void>): Promise<this> {
    try {
      this.log.refresh();
      if (!this.log.readOnly && isLogReplaced(this.dir, this.state)) {
        await reset(this);
        this.log.refresh();
      }
    } finally {
      // the person's flags count even where the log cannot be read
      if (this.#consumeFlags() > 0) this.log.refresh();
    }
    return this;
  }

  /** Consumes new flags and folds new lines. Returns whether there were any. */
  refresh(): boolean {
    const flags = this.#consumeFlags();
    return this.#read() || flags > 0;
  }

  /** Folds new lines. The session may have joined another one: this hook continues with the log that it began with. */
  #read(): boolean {
    const { generation } = this.log;
    const isNew = this.log.refresh();
    return this.log.generation === generation ? isNew : this.#followJoin() || isNew;
  }

  #followJoin(): boolean {
    const original = originalDir(this.dir);
    if (original === this.dir) return false;
    this.dir = original;
    this.log = new SessionLog(original);
    return this.log.refresh();
  }

  /** Leaves the flags to the hooks of a newer Fermata where one records the session. */
  #consumeFlags(): number {
    return this.log.readOnly ? 0 : consumeFlags(this.dir, this.#env.now());
  }

  /** Appends, arms and reads back: the state has the events when this returns. Throws where the log cannot be written. */
  publish(...events: NewEvent[]): void {
    if (events.length === 0) return;
    const now = this.#env.now();
    if (!publishIfSame(this.dir, this.log.inode, now, events)) {
      this.#followJoin();
      publish(this.dir, now, ...events);
    }
    this.#read();
  }

  /** Appends events that only report an answer: where the log cannot be written (a full disk), the answer still counts. */
  tryPublish(...events: NewEvent[]): void {
    try {
      this.publish(...events);
    } catch (error) {
      logError(this.#env.home, 'hook', this.#env.now(), `not written to the log: ${(error as Error).message}`);
    }
  }

  /**
   * Claims pending notes for this run and returns those that it may print: a claim is appended and read back, and the
   * first claim in the log wins. `alsoAt` adds the notes that wait for another event.
   */
  claimNotes(callContext: CallContext, alsoAt?: HookEvent): Note[] {
    const contexts = [callContext, { ...callContext, event: alsoAt ?? callContext.event }];
    const pending = [...new Set(contexts.flatMap((context) => pendingNotes(this.state, context)))];
    // a note that cannot be claimed is not printed: a later hook can claim it, and prints it once
    this.tryPublish(...pending.map((note) => ({ t: 'delivered' as const, ref: note.pos, hook: this.id })));
    return pending.filter((note) => this.state.notes.get(note.pos)?.deliveredBy === this.id);
  }

  /** Disarms events at which nothing is left to answer, and arms those whose lines were appended without arming. */
  close(): void {
    const needed = armedEvents(this.state);
    const obsolete = [...this.#armed].filter(([event, entries]) => !needed.has(event) && entries.length > 0);
    for (const [event, entries] of obsolete) disarm(this.dir, event, entries);
    // another reader may have relied on a removed entry, and left a line unarmed that its writer did not arm
    if (obsolete.length > 0) this.#read();
    armFromState(this.dir, this.state);
  }
}
