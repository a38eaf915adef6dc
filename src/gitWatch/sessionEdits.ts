import { basename, dirname } from 'node:path';
import { claudeConfigDir, findTranscript, type ClaudeProcess } from '#core/claude/processes.ts';
import { followTranscript, type SessionTranscript } from '#core/claude/transcript/sessionTranscript.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent, SHELL, WORKFLOW } from '#core/fold/kinds.ts';
import { isSessionLive, type SessionEntry } from '#core/session/info.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { sessionName, workerName } from '#core/projection/names.ts';
import { ENGLISH } from '#core/projection/wording.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { StashCall, TranscriptState } from '#core/claude/transcript/transcriptState.ts';
import type { SessionState, Worker } from '#protocol/state.ts';

/** What an agent of a session has edited: the time of its last edit of each file (epoch ms), by absolute path. */
export interface AgentEdits {
  session: string;
  /** `conductor`, or a worker at work. */
  agent: string;
  name: string;
  edits: ReadonlyMap<string, number>;
  /** Its calls that may have to do with git's stash. */
  stashCalls: readonly StashCall[];
}

/** The folders in which an agent works, absolute paths. */
export interface Whereabouts {
  session: string;
  agent: string;
  name: string;
  folders: readonly string[];
}

/** How long a transcript is read in one piece. */
const SLICE_MS = 50;

/** One session with its log and its transcripts, only ever read. */
export class SessionEdits {
  readonly entry: SessionEntry;
  readonly log: SessionLog;
  readonly #env: NodeJS.ProcessEnv;
  #transcript: { path: string; set: SessionTranscript } | undefined;
  /** The transcripts of workers that are sessions of their own, by the ids of these. */
  readonly #joined = new Map<string, SessionTranscript | undefined>();
  /** Its transcripts have more than was read so far. */
  isBehind = false;

  constructor(entry: SessionEntry, env: NodeJS.ProcessEnv) {
    this.entry = entry;
    this.#env = env;
    this.log = new SessionLog(entry.dir, true, false);
  }

  get id(): string {
    return this.entry.id;
  }

  get state(): SessionState {
    return this.log.state;
  }

  get project(): string | undefined {
    return this.entry.info?.project ?? this.state.session.cwd;
  }

  /** Whether a Claude of it runs and has not ended the session. */
  get isLive(): boolean {
    return this.state.conductor.state !== 'ended' && isSessionLive(this.entry.info) === true;
  }

  /** The workers at work that may edit files by themselves: subagents, and sessions of their own. */
  get liveAgents(): string[] {
    const all = [...this.state.workers.values()];
    return all.filter((w) => (isSubagent(w) || w.session !== undefined) && !hasEnded(w)).map(({ id }) => id);
  }

  /** Reads what is new in its log and its transcripts; false where there is no log. */
  read(): boolean {
    try {
      this.log.refresh();
    } catch {
      return false;
    }
    const endMs = performance.now() + SLICE_MS;
    const hasTime = (): boolean => performance.now() < endMs;
    const { transcript: path } = this.state.session;
    if (path !== undefined && path !== this.#transcript?.path) this.#transcript = { path, set: followTranscript(path) };
    this.isBehind = this.#transcript?.set.read(hasTime) === true;
    for (const worker of this.state.workers.values()) {
      const { session } = worker;
      if (session === undefined || hasEnded(worker)) continue;
      const known = this.#joined.get(session) ?? this.#find(session, worker.cwd ?? this.project ?? '/');
      this.#joined.set(session, known);
      if (known?.read(hasTime) === true) this.isBehind = true;
    }
    return true;
  }

  #find(session: string, cwd: string): SessionTranscript | undefined {
    const path = findTranscript(claudeConfigDir(this.#env), { session, cwd });
    return path === undefined ? undefined : followTranscript(path);
  }

  /** The edits of each agent that is at work. Those of one that has ended are the Conductor's. */
  agents(processes: readonly ClaudeProcess[]): AgentEdits[] {
    const set = this.#transcript?.set;
    if (set === undefined) return [];
    const live = new Set(this.liveAgents);
    const own = new Map(set.main.edits);
    const ownStash = [...set.main.stashCalls.values()];
    const others: AgentEdits[] = [];
    const add = (agent: string, kind: string | undefined, { edits, stashCalls }: TranscriptState): void => {
      const worker = this.state.workers.get(agent);
      const calls = [...stashCalls.values()];
      if (live.has(agent) && worker !== undefined) {
        const name = workerName(worker, kind, ENGLISH);
        others.push({ session: this.id, agent, name, edits, stashCalls: calls });
      } else {
        for (const [path, ts] of edits) own.set(path, Math.max(ts, own.get(path) ?? 0));
        ownStash.push(...calls);
      }
    };
    for (const [agent, { kind, state }] of set.agents) add(agent, kind, state);
    for (const { id, session } of this.state.workers.values()) {
      const joined = session === undefined ? undefined : this.#joined.get(session);
      if (joined !== undefined) add(id, undefined, joined.main);
    }
    const name = this.#nameIn(processes);
    return [{ session: this.id, agent: CONDUCTOR, name, edits: own, stashCalls: ownStash }, ...others];
  }

  #nameIn(processes: readonly ClaudeProcess[]): string {
    const given = processes.find(({ session }) => session === this.id)?.named;
    const main = this.#transcript?.set.main;
    return sessionName(this.state, { ...(main && { main }), given }, basename(this.project ?? ''));
  }

  /** Where each agent at work is: in its folder, and in that of its last edit. */
  whereabouts(processes: readonly ClaudeProcess[]): Whereabouts[] {
    const { project } = this;
    const set = this.#transcript?.set;
    const whereOf = (agent: string, name: string, at: string | undefined, transcript?: TranscriptState) => ({
      session: this.id,
      agent,
      name,
      folders: [at, lastEdited(transcript?.edits)].filter((folder) => folder !== undefined),
    });
    const workers = [...this.state.workers.values()].filter((worker) => isAtWork(worker));
    return [
      whereOf(CONDUCTOR, this.#nameIn(processes), project, set?.main),
      ...workers.map((worker) => {
        const { id, session, cwd } = worker;
        const agent = set?.agents.get(id);
        const transcript = session === undefined ? agent?.state : this.#joined.get(session)?.main;
        return whereOf(id, workerName(worker, agent?.kind, ENGLISH), cwd ?? transcript?.cwd, transcript);
      }),
    ];
  }
}

/** A worker of this machine that may commit: not a shell, and not the run of a workflow, whose agents do. */
const isAtWork = (worker: Worker): boolean =>
  !hasEnded(worker) &&
  worker.state !== 'planned' &&
  worker.machine === undefined &&
  worker.kind !== SHELL &&
  worker.kind !== WORKFLOW;

function lastEdited(edits: ReadonlyMap<string, number> | undefined): string | undefined {
  let last: { path: string; ts: number } | undefined;
  for (const [path, ts] of edits ?? []) if (ts >= (last?.ts ?? 0)) last = { path, ts };
  return last && dirname(last.path);
}
