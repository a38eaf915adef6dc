import { lstatSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { realPath } from '#core/base/files/facts.ts';
import { claudeProcesses, findTranscript, recentTranscripts, type ClaudeProcess } from '#core/claude/processes.ts';
import { resolveSessionDir } from '#core/session/folder.ts';
import { TranscriptTail } from '#core/claude/transcript/transcriptTail.ts';
import { TranscriptSession } from './transcriptSession.ts';
import { isInside } from './windowFolders.ts';

export interface TranscriptSessionsOptions {
  /** Claude Code's own folder. */
  config: string;
  /** The folder of the sessions with hooks. */
  sessions: string;
  roots: () => readonly string[];
  now: () => number;
  /** Why the hooks of a session that began then in this folder, in this version of Claude Code, do not reach Fermata. */
  describeHookProblem: (project: string, startedMs: number, version: string | undefined) => string;
}

/** How long after its start a session's first hook may take. */
const GRACE_MS = 5000;
/** Where Claude Code keeps no list of running sessions, one whose transcript grew this recently counts as running. */
const RECENT_MS = 10 * 60_000;
/** How often the reason for missing hooks is determined: a few settings files are read. */
const RECHECK_MS = 10_000;
/** How many sessions that have ended are kept. */
const MAX_ENDED = 10;

/** A session that has joined another one: its folder is a link to the other's. */
export interface LinkedSession {
  id: string;
  /** The folder of the session that it has joined. */
  parent: string;
  transcript: string;
}

/** Finds, in Claude Code's own files, the sessions of this window that have no hooks, and those that have joined another. */
export class TranscriptSessions {
  readonly #options: TranscriptSessionsOptions;
  readonly #known = new Map<string, TranscriptSession>();
  readonly #transcripts = new Map<string, string>();
  /** When the reason for a session's missing hooks was last determined. */
  readonly #checkedMs = new Map<string, number>();
  #linked: LinkedSession[] = [];
  #running: ReadonlyMap<string, ClaudeProcess> = new Map();
  #outside: readonly ClaudeProcess[] = [];

  constructor(options: TranscriptSessionsOptions) {
    this.#options = options;
  }

  list(): TranscriptSession[] {
    return [...this.#known.values()];
  }

  linked(): readonly LinkedSession[] {
    return this.#linked;
  }

  /** The folders of the running sessions: their own, or that of the session that they have joined. */
  folders(): string[] {
    const own = [...this.#running.keys()].filter((session) => !this.#known.has(session));
    return [...own, ...this.#linked.map(({ parent }) => parent)];
  }

  /** The running sessions of other folders: each by the name of its folder in the Fermata home, or its own id. */
  outside(): { folder: string; project: string }[] {
    return this.#outside.map(({ session, cwd }) => {
      const isJoined = this.#kind(session) === 'joined';
      return { folder: isJoined ? this.#joinedBy(session) : session, project: cwd };
    });
  }

  /** Claude Code's own record of a running session. */
  process(session: string): ClaudeProcess | undefined {
    return this.#running.get(session);
  }

  /** Reads which sessions run; returns whether the list has changed. */
  refresh(): boolean {
    const { config, roots, now } = this.#options;
    const all = claudeProcesses(config) ?? this.#recentlyWritten();
    const running = all.filter((each) => isInside(realPath(each.cwd), roots()));
    this.#outside = all.filter((each) => !running.includes(each));
    this.#running = new Map(running.map((each) => [each.session, each]));
    const before = JSON.stringify(this.list().map((s) => [s.id, s.live, s.transcript, s.hookAdvice]));
    this.#linked = running.flatMap((each) => this.#link(each) ?? []);
    const withoutHooks = running.filter(({ session }) => this.#kind(session) === 'none');
    for (const each of withoutHooks) this.#track(each);
    const ids = new Set(withoutHooks.map(({ session }) => session));
    for (const session of this.#known.values()) {
      if (this.#kind(session.id) !== 'none' || !isInside(session.project, roots())) this.#known.delete(session.id);
      else if (!ids.has(session.id)) session.end(now());
    }
    const ended = this.list().filter((s) => !s.live);
    for (const session of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) this.#known.delete(session.id);
    return JSON.stringify(this.list().map((s) => [s.id, s.live, s.transcript, s.hookAdvice])) !== before;
  }

  #track(process: ClaudeProcess): void {
    const { now, describeHookProblem } = this.#options;
    if (process.startedTs !== undefined && now() - process.startedTs < GRACE_MS) return;
    let session = this.#known.get(process.session);
    if (session === undefined || !session.live) {
      session = new TranscriptSession(process, now());
      this.#known.set(process.session, session);
    }
    session.transcript ??= this.#transcriptOf(process);
    const checkedMs = this.#checkedMs.get(session.id);
    if (checkedMs !== undefined && now() - checkedMs < RECHECK_MS) return;
    this.#checkedMs.set(session.id, now());
    session.hookAdvice = describeHookProblem(session.project, session.startedTs, process.version);
  }

  #link(process: ClaudeProcess): LinkedSession | undefined {
    const { session } = process;
    const transcript = this.#kind(session) === 'joined' ? this.#transcriptOf(process) : undefined;
    if (transcript === undefined) return undefined;
    return { id: session, parent: this.#joinedBy(session), transcript };
  }

  /** The name of the folder in which a session works. */
  #joinedBy(session: string): string {
    return basename(resolveSessionDir(join(this.#options.sessions, session)));
  }

  #kind(session: string): 'none' | 'joined' | 'own' {
    const stat = lstatSync(join(this.#options.sessions, session), { throwIfNoEntry: false });
    return stat === undefined ? 'none' : stat.isDirectory() ? 'own' : 'joined';
  }

  #transcriptOf(process: ClaudeProcess): string | undefined {
    const path =
      this.#transcripts.get(process.session) ?? process.transcript ?? findTranscript(this.#options.config, process);
    if (path !== undefined) this.#transcripts.set(process.session, path);
    return path;
  }

  /** The running sessions by the transcripts that grew lately, where Claude Code keeps no list. */
  #recentlyWritten(): ClaudeProcess[] {
    const { config, roots, now } = this.#options;
    return recentTranscripts(config, roots(), now() - RECENT_MS).flatMap((transcript): ClaudeProcess[] => {
      const tail = new TranscriptTail(transcript);
      tail.read(() => false);
      const { cwd, firstTs } = tail.state;
      if (cwd === undefined) return [];
      const session = basename(transcript, '.jsonl');
      const startedTs = firstTs ?? statSync(transcript, { throwIfNoEntry: false })?.birthtimeMs;
      return [{ session, cwd, transcript, startedTs }];
    });
  }
}
