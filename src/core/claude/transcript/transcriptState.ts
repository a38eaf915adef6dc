import type { Sample } from '#protocol/state.ts';
import type { TaskEnd } from '#core/claude/backgroundTasks.ts';

/** One entry of a task list. */
interface Task {
  subject: string;
  /** Its text while it is in progress: "writing tests". */
  activeForm?: string;
  status: 'pending' | 'in_progress' | 'completed';
}

/** Tokens by kind; those read from the cache cost a tenth of other input. */
export interface TokenCounts {
  input: number;
  output: number;
  cacheRead: number;
}

/** A tool call that has no result yet. */
interface Call {
  name: string;
  label: string;
  sinceTs: number;
  /** The message that it belongs to. When the next message comes, all calls of this one have their results. */
  message: string;
  /** The file that it changes. */
  file?: string;
  /** Only for calls that change the task list. */
  input?: Record<string, unknown>;
  /** Of a shell, which may go on in the background. */
  shell?: Pick<BackgroundShell, 'task' | 'command'>;
}

/** A call of a shell with `stash` in its command. It runs from its message until its result, if that has come. */
export interface StashCall {
  /** Cut where it is long, and the folder in which it began. */
  command: string;
  cwd: string | undefined;
  from: number;
  to?: number;
}

/** A shell in the background. Its texts may have secrets in them. */
export interface BackgroundShell {
  sinceTs: number;
  task?: string;
  command?: string;
  /** How it has ended, as Claude was told. */
  end?: TaskEnd;
}

/** What the person and Claude wrote, as far as a session is named and described by it. Bounded, and without secrets. */
export interface Words {
  /** The titles that the person and that Claude gave the session. */
  titles: { person?: string; claude?: string };
  /** The first prompt that a person typed, and the latest. */
  prompts: { first?: string; latest?: string };
  /** The last words of Claude in the latest turn; `asks`: they end with a question. */
  lastSaid?: { text: string; ts: number; asks: boolean };
}

/** One transcript, folded. Its size is bounded, however long the transcript. */
export interface TranscriptState {
  /** Numbers of lines that are used, that are of no use here, and that are damaged or of unknown shape. */
  lines: { understood: number; other: number; unknown: number };
  sessionId?: string;
  /** The folder in which the session began; it may work in another one since. */
  cwd?: string;
  model?: string;
  firstTs?: number;
  lastTs?: number;
  /** Whether Claude is in a turn. */
  turn?: {
    state: 'working' | 'idle';
    sinceTs: number;
    /** Whether the turn continues because a hook refused its end. */
    refused?: true;
    /** Whether the person has interrupted it. */
    interrupted?: true;
  };
  /** When the latest prompt was written, if that came while a turn was under way. */
  queuedTs?: number | undefined;
  tasks: Map<string, Task>;
  tokens: TokenCounts;
  /** The counts of the newest messages: a message may have several lines, and a compaction repeats them. */
  tokensByMessage: Map<string, TokenCounts>;
  /** How the tokens came together over the last minutes. */
  recent?: Sample[];
  calls: Map<string, Call>;
  /** The time of the last edit of each of the files that were edited last, oldest first. */
  edits: Map<string, number>;
  /** The latest calls that may have to do with git's stash, by their ids. */
  stashCalls: Map<string, StashCall>;
  /** The shells that Claude has started in the background last, by Claude Code's ids of them. */
  shells: Map<string, BackgroundShell>;
  words: Words;
  /** Tokens that the model has read for the latest message: what fills its context. */
  contextTokens?: number;
  /** What the session has cost, as Claude Code writes it when a session ends. */
  costUsd?: number;
}

export function emptyTranscript(): TranscriptState {
  return {
    lines: { understood: 0, other: 0, unknown: 0 },
    tasks: new Map(),
    tokens: { input: 0, output: 0, cacheRead: 0 },
    tokensByMessage: new Map(),
    calls: new Map(),
    edits: new Map(),
    stashCalls: new Map(),
    shells: new Map(),
    words: { titles: {}, prompts: {} },
  };
}
