import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TranscriptState } from './transcriptState.ts';
import { TranscriptTail } from './transcriptTail.ts';

/** What is read of a session: its own transcript, and those of its workers by the names that its log has for them. */
export interface TranscriptSet {
  main: TranscriptState;
  agents: ReadonlyMap<string, AgentTranscript>;
}

export interface AgentTranscript {
  readonly state: TranscriptState;
  /** What it was asked to do, in a few words, and what sort of agent it is. */
  task?: string;
  kind?: string;
  /** It is a session of its own that works for this one, not a subagent. */
  ownSession?: boolean;
}

/** More subagents of one session than this are not followed: the newest are. */
const MAX_AGENTS = 200;
const AGENT_FILE = /^agent-([A-Za-z0-9_-]{1,128})\.jsonl$/;

/** A session's transcripts: `S.jsonl`, and beside it `S/subagents/agent-A.jsonl` for each subagent. */
export class SessionTranscript implements TranscriptSet {
  readonly #tail: TranscriptTail;
  readonly #folder: string;
  readonly #agents = new Map<string, AgentTranscript & { tail: TranscriptTail }>();
  #listedMs = -1;
  /** Grows with everything that is read. */
  revision = 0;

  constructor(path: string) {
    this.#tail = new TranscriptTail(path);
    this.#folder = join(path.replace(/\.jsonl$/, ''), 'subagents');
  }

  get main(): TranscriptState {
    return this.#tail.state;
  }

  get agents(): ReadonlyMap<string, AgentTranscript> {
    return this.#agents;
  }

  /** Reads what is new as long as `goOn` says so; returns whether there is more. */
  read(canContinue: () => boolean): boolean {
    this.#list();
    for (const tail of [this.#tail, ...[...this.#agents.values()].map((agent) => agent.tail)]) {
      const { changed, more } = tail.read(canContinue);
      if (changed) this.revision++;
      if (more) return true;
    }
    return false;
  }

  #list(): void {
    const mtimeMs = mtimeOf(this.#folder);
    if (mtimeMs === this.#listedMs) return;
    this.#listedMs = mtimeMs;
    for (const name of namesIn(this.#folder)) {
      const id = AGENT_FILE.exec(name)?.[1];
      if (id === undefined || this.#agents.has(id)) continue;
      const tail = new TranscriptTail(join(this.#folder, name));
      this.#agents.set(id, {
        tail,
        get state() {
          return tail.state;
        },
        ...this.#meta(id),
      });
    }
    for (const id of this.#agents.keys()) {
      if (this.#agents.size <= MAX_AGENTS) return;
      this.#agents.delete(id);
    }
  }

  /** What Claude Code notes of a subagent when it starts it. */
  #meta(id: string): Omit<AgentTranscript, 'state'> {
    try {
      const raw = JSON.parse(readFileSync(join(this.#folder, `agent-${id}.meta.json`), 'utf8')) as unknown;
      const { description, agentType } = (raw ?? {}) as Record<string, unknown>;
      return {
        ...(typeof description === 'string' ? { task: description.slice(0, 200) } : {}),
        ...(typeof agentType === 'string' ? { kind: agentType.slice(0, 100) } : {}),
      };
    } catch {
      return {}; // an older version writes none
    }
  }
}

function mtimeOf(folder: string): number {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? -1;
  } catch {
    return -1;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no subagent yet
  }
}
