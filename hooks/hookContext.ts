import { resolve } from 'node:path';
import { nonce } from '#core/base/nonce.ts';
import { ARMABLE, armedEntries, armFromState, disarm, armedEvents, type Armable } from '#core/session/armed.ts';
import { pendingNotes, type CallContext } from '#core/policy/activeBlocks.ts';
import { isLogReplaced } from '#core/session/generation.ts';
import { consumeFlags } from '#core/session/flags.ts';
import { logError } from '#core/base/errorLog.ts';
import { homePaths } from '#core/base/paths.ts';
import { roleOf } from '#core/session/role.ts';
import { publish, publishIfSame } from '#core/session/publish.ts';
import { originalDir } from '#core/session/folder.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { loadHookSettings } from '#core/base/settings.ts';
import { CONDUCTOR, isWorkerId } from '#protocol/ids.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import type { HookPayload } from '#protocol/payload.ts';
import type { HookSettings } from '#protocol/settings.ts';
import type { Block, Note, SessionState } from '#protocol/state.ts';

/** What the hook's process knows from outside: handed in, so that a visit can be tested without a process. */
export interface HookEnvironment {
  home: string;
  env: NodeJS.ProcessEnv;
  now: () => number;
  /** Seconds after which Claude Code kills this hook and lets the action pass. */
  timeoutSeconds: number;
}

/** One run of a hook at a session: its log read to the end, flags obeyed, and what it needs to answer. */
export class HookContext {
  log: SessionLog;
  readonly cli: string;
  /** Names this run in the log: the first `delivered` with it wins. */
  readonly id = nonce();
  dir: string;
  readonly payload: HookPayload;
  readonly env: HookEnvironment;
  #armed: Map<Armable, string[]>;
  #settings: HookSettings | undefined;

  constructor(dir: string, payload: HookPayload, env: HookEnvironment) {
    this.dir = dir;
    this.payload = payload;
    this.env = env;
    this.cli = homePaths(env.home).cli;
    // before the log is read: whatever these entries announce is then in what is read
    this.#armed = new Map(ARMABLE.map((event) => [event, armedEntries(dir, event)]));
    this.log = new SessionLog(dir);
  }

  /**
   * Reads the log to its end and consumes the flags; before this the context knows nothing. `reset` forgets what belongs
   * to a log that another one has replaced. Throws where the log cannot be read.
   */
  async open(reset: (ctx: this) => Promise<void>): Promise<this> {
    try {
      this.log.refresh();
      if (!this.log.readOnly && isLogReplaced(this.dir, this.state)) {
        await reset(this);
        this.log.refresh();
      }
    } finally {
      // the person's word counts even where the log cannot be read
      if (this.#consumeFlags() > 0) this.log.refresh();
    }
    return this;
  }

  get settings(): HookSettings {
    return (this.#settings ??= loadHookSettings(this.env.home, this.root));
  }

  get state(): SessionState {
    return this.log.state;
  }

  /** Where relative paths of blocks and rules start. */
  get root(): string {
    return this.env.env['CLAUDE_PROJECT_DIR'] || this.state.session.cwd || this.payload.cwd || '/';
  }

  /** `conductor`, or the name of the worker whose own session this is. */
  get role(): string {
    return roleOf(this.state, this.payload.session_id, this.env.env);
  }

  /** The subagent that acts here, else the Conductor or the worker whose session this is; of teammates their name. */
  get agent(): string {
    const { agent_id: id, teammate_name: teammate } = this.payload;
    const name = teammate === undefined ? id : `teammate-${teammate.replaceAll(/[^A-Za-z0-9_.-]/g, '-')}`.slice(0, 64);
    return name !== undefined && isWorkerId(name) ? name : this.role;
  }

  callContext(): CallContext {
    const { payload } = this;
    // Claude Code sends an empty agent type for its own helpers; only an id is an agent
    const agent = payload.agent_id === undefined || payload.agent_id === '' ? {} : { agentId: payload.agent_id };
    const cwd = payload.cwd ?? this.root;
    const call =
      payload.tool_name === undefined
        ? {}
        : { call: { tool: payload.tool_name, input: payload.tool_input ?? {}, cwd: resolve(this.root, cwd) } };
    return { event: payload.hook_event_name, role: this.role, root: this.root, ...agent, ...call };
  }

  /** Obeys new flags and folds what was appended. Returns whether anything is new. */
  refresh(): boolean {
    const flags = this.#consumeFlags();
    return this.#read() || flags > 0;
  }

  /** Folds what is new. The session may have joined another one since: this hook goes on with the log it began with. */
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

  /** Obeys the flags, unless a newer Fermata records the session: then they are left to its hooks. */
  #consumeFlags(): number {
    return this.log.readOnly ? 0 : consumeFlags(this.dir, this.env.now());
  }

  publish(...events: Parameters<typeof publish>[2][]): void {
    const now = this.env.now();
    if (publishIfSame(this.dir, this.log.inode, now, events)) return;
    this.#followJoin();
    publish(this.dir, now, ...events);
  }

  /** Says what only tells of an answer: where that cannot be written (a full disk), the answer is given all the same. */
  tryPublish(...events: Parameters<typeof publish>[2][]): void {
    try {
      this.publish(...events);
    } catch (error) {
      logError(this.env.home, 'hook', this.env.now(), `not written to the log: ${(error as Error).message}`);
    }
  }

  /** Says which blocks refused what: one refusal, however many blocks it names. */
  recordDenial(blocks: Block[], tool: string, summary?: string): void {
    const agent = this.agent === CONDUCTOR ? undefined : this.agent;
    const fields = { tool, id: this.id, summary, agent };
    this.tryPublish(...blocks.map((block) => ({ t: 'denied' as const, block: block.id, ...fields })));
  }

  /**
   * Claims notes for this run and returns those that are really ours to print: appended first, then read back, and the
   * first claim in the log wins. `also` widens the moment (a denial is an occasion for what waits for any tool call).
   */
  claimNotes(alsoAt?: HookEvent): Note[] {
    const callContext = this.callContext();
    const pending = [...pendingNotes(this.state, callContext)];
    if (alsoAt !== undefined)
      for (const note of pendingNotes(this.state, { ...callContext, event: alsoAt }))
        if (!pending.includes(note)) pending.push(note);
    if (pending.length === 0) return [];
    // what cannot be claimed is not printed: it is told when it can be, and then once
    this.tryPublish(...pending.map((note) => ({ t: 'delivered' as const, ref: note.pos, hook: this.id })));
    this.#read();
    return pending.filter((note) => this.state.notes.get(note.pos)?.deliveredBy === this.id);
  }

  /** Before leaving: disarms what has ended, arms what somebody appended without arming. */
  close(): void {
    const needed = armedEvents(this.state);
    const obsolete = [...this.#armed].filter(([event, entries]) => !needed.has(event) && entries.length > 0);
    for (const [event, entries] of obsolete) disarm(this.dir, event, entries);
    // an entry just removed may have been why another reader saw no need to arm a line that its writer did not arm
    if (obsolete.length > 0) this.#read();
    armFromState(this.dir, this.state);
  }
}
