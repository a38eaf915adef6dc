import { join } from 'node:path';
import type { ClaudeProcess } from '#core/claude/processes.ts';
import { readMeta, workflowAgent, type AgentFacts } from '#core/claude/subagents.ts';
import { runFolder, subagentsFolder, workflowRuns } from '#core/claude/workflows.ts';
import { statOf } from '#core/base/files/facts.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { agentOf } from './agentFiles.ts';
import type { TranscriptState } from './transcriptState.ts';
import { TranscriptTail } from './transcriptTail.ts';

/** The transcript of a session, and those of its workers by their names in its log. */
export interface TranscriptSet {
  main: TranscriptState;
  agents: ReadonlyMap<string, AgentTranscript>;
  /** Its name in Claude Code's own list of running sessions. */
  given?: ClaudeProcess['named'];
  /** It runs in the background, by that list. */
  background?: true | undefined;
}

export interface AgentTranscript extends AgentFacts {
  readonly state: TranscriptState;
  /** True for a session that works for this one; otherwise it is a subagent. */
  ownSession?: boolean;
}

/** Of more subagents than this only the newest are followed. */
const MAX_AGENTS = 200;

/**
 * A session's transcripts: `S.jsonl`, and beside it `S/subagents/agent-A.jsonl` for each subagent, and
 * `S/subagents/workflows/RUN/agent-A.jsonl` for each agent of a workflow.
 */
export class SessionTranscript implements TranscriptSet {
  readonly #tail: TranscriptTail;
  readonly #agents = new Map<string, AgentTranscript & { tail: TranscriptTail }>();
  /** The folders of transcripts with the time of each when its names were read. */
  readonly #listedMs = new Map<string, number>();
  #runs: readonly string[] = [];
  /** Grows with everything that is read. */
  revision = 0;

  constructor(path: string) {
    this.#tail = new TranscriptTail(path);
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

  /** Finds the transcripts that have come. */
  #list(): void {
    const { path } = this.#tail;
    const subagents = subagentsFolder(path);
    this.#listFolder(subagents, (id) => readMeta(subagents, id));
    if (this.#isUnchanged(join(subagents, 'workflows'))) for (const run of this.#runs) this.#listRun(run);
    else for (const run of (this.#runs = workflowRuns(path))) this.#listRun(run);
    for (const id of this.#agents.keys()) {
      if (this.#agents.size <= MAX_AGENTS) return;
      this.#agents.delete(id);
    }
  }

  #listRun(run: string): void {
    const { path } = this.#tail;
    this.#listFolder(runFolder(path, run), (id) => workflowAgent(path, run, id));
  }

  /** An agent's facts are written a moment after its transcript, so they are read until they are there. */
  #listFolder(folder: string, factsOf: (agent: string) => AgentFacts | undefined): void {
    if (this.#isUnchanged(folder)) return;
    for (const name of namesIn(folder)) {
      const id = agentOf(name);
      const known = id === undefined ? undefined : this.#agents.get(id);
      if (id === undefined || known?.task !== undefined) continue;
      if (known !== undefined) Object.assign(known, factsOf(id));
      else this.#agents.set(id, follow(join(folder, name), factsOf(id)));
    }
  }

  #isUnchanged(folder: string): boolean {
    const mtimeMs = statOf(folder)?.mtimeMs ?? -1;
    if (mtimeMs === (this.#listedMs.get(folder) ?? -1)) return true;
    this.#listedMs.set(folder, mtimeMs);
    return false;
  }
}

/** Begins to follow the transcripts of a session. */
export const followTranscript = (path: string): SessionTranscript => new SessionTranscript(path);

function follow(path: string, facts: AgentFacts | undefined): AgentTranscript & { tail: TranscriptTail } {
  const tail = new TranscriptTail(path);
  return {
    tail,
    get state() {
      return tail.state;
    },
    ...facts,
  };
}
