import { join } from 'node:path';
import { subagentMeta, subagentsFolder } from '#core/claude/subagents.ts';
import { statOf } from '#core/base/files/facts.ts';
import { namesIn } from '#core/base/files/folder.ts';
import type { TranscriptState } from './transcriptState.ts';
import { TranscriptTail } from './transcriptTail.ts';

/** The transcript of a session, and those of its workers by their names in its log. */
export interface TranscriptSet {
  main: TranscriptState;
  agents: ReadonlyMap<string, AgentTranscript>;
}

export interface AgentTranscript {
  readonly state: TranscriptState;
  /** What it was asked to do, in a few words, and the agent's type. */
  task?: string;
  kind?: string;
  /** True for a session that works for this one; otherwise it is a subagent. */
  ownSession?: boolean;
}

/** Of more subagents than this only the newest are followed. */
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
    this.#folder = subagentsFolder(path);
  }

  get main(): TranscriptState {
    return this.#tail.state;
  }

  get agents(): ReadonlyMap<string, AgentTranscript> {
    return this.#agents;
  }

  /** Reads what is new while `canContinue` returns true; returns whether there is more. */
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
    const mtimeMs = statOf(this.#folder)?.mtimeMs ?? -1;
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
        ...subagentMeta(this.#folder, id),
      });
    }
    for (const id of this.#agents.keys()) {
      if (this.#agents.size <= MAX_AGENTS) return;
      this.#agents.delete(id);
    }
  }
}
