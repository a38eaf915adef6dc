/** One entry of a task list as it stands now. */
interface Task {
  subject: string;
  /** What is being done while it is in progress: "writing tests". */
  activeForm?: string;
  status: 'pending' | 'in_progress' | 'completed';
}

/** Tokens as Claude was told them: what came from the cache is counted apart, since it costs a tenth. */
export interface Tokens {
  input: number;
  output: number;
  cacheRead: number;
}

/** A tool call that has no result yet: what is being done. */
interface Call {
  name: string;
  label: string;
  sinceTs: number;
  /** The message that it belongs to: once another message comes, all its calls have their results. */
  message: string;
  /** The file that it changes. */
  file?: string;
  /** Kept only for calls that change the task list. */
  input?: Record<string, unknown>;
}

/** What one transcript says, folded. All of it is bounded, however long the transcript. */
export interface TranscriptState {
  /** Lines that made sense, that are of no use here, and that are damaged or of no known shape. */
  lines: { understood: number; other: number; unknown: number };
  sessionId?: string;
  /** Where the session began; it may have changed its folder since. */
  cwd?: string;
  model?: string;
  firstTs?: number;
  lastTs?: number;
  /** Whether a turn goes on, as far as the lines tell. */
  turn?: {
    state: 'working' | 'idle';
    sinceTs: number;
    /** It goes on because a hook did not let it end. */
    refused?: true;
  };
  tasks: Map<string, Task>;
  tokens: Tokens;
  /** What was counted for each of the newest messages: one may stand in several lines, and once more after a compaction. */
  tokensByMessage: Map<string, Tokens>;
  calls: Map<string, Call>;
  /** When each of the files that were edited last was edited last, oldest first. */
  edits: Map<string, number>;
}

export function emptyTranscript(): TranscriptState {
  return {
    lines: { understood: 0, other: 0, unknown: 0 },
    tasks: new Map(),
    tokens: { input: 0, output: 0, cacheRead: 0 },
    tokensByMessage: new Map(),
    calls: new Map(),
    edits: new Map(),
  };
}
