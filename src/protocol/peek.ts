/** A closer look at an agent: what the panel asks for while a person looks, and what is in no snapshot. */
import type { Tokens, UsageView } from './viewModel.ts';

/** One thing that an agent has done, on one line. */
export interface StepView {
  kind: 'words' | 'call' | 'result' | 'event';
  ts: number;
  text: string;
  failed?: boolean;
}

export interface PeekView {
  session: string;
  /** Without it the Conductor. */
  worker?: string;
  /** The latest prompt, or what the worker was asked to do. */
  prompt?: string;
  /** The latest steps, the oldest first. */
  steps: StepView[];
  /** The calls that have no result yet, in full. */
  calls: { tool: string; text: string; sinceTs: number }[];
  tokens?: Tokens;
  contextTokens?: number;
  costUsd?: number;
  /** Of the Conductor: what Claude Code itself counts, in place of what its transcript shows. */
  usage?: UsageView;
  /** `missing`: there is no transcript to read; `unread`: none of its lines was understood. */
  transcript: 'read' | 'missing' | 'unread';
}
