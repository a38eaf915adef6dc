import type { NewEvent } from '#core/log/append.ts';
import type { Block } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import type { SessionWriter } from './sessionWriter.ts';

/** What a hook answers, before it is put into Claude Code's form. An empty answer lets everything pass. */
export interface Answer {
  /** Why the call is refused, or the turn may not end. */
  block?: string;
  /** Let a call pass without asking the person: Fermata's own command, or the person's decision in the panel. */
  allow?: boolean;
  /** Information for the model. */
  context?: string | undefined;
  /** The whole new input of the call. */
  input?: Record<string, unknown>;
  /** A message for the person alone, in the terminal. */
  warning?: string | undefined;
  /** Bytes for Claude's own terminal: they make it ring or notify. */
  terminal?: string | undefined;
  /** Why the turn ends at once: only where the session is aborted. */
  end?: string;
}

/** What a handler decides. `dispatch` carries it out in the order of the fields. */
export interface Outcome {
  /** Appended to the log first. */
  events?: NewEvent[];
  /** The blocks that refuse the action: the log records the denial, and the answer gives their reasons. */
  refusedBy?: Block[];
  /** Who refuses it, where that is the person themselves: then the answer has the reason. */
  by?: string;
  /** Where the reasons of `refusedBy` stand in the answer; `block` by default. */
  reasonIn?: 'block' | 'context';
  answer?: Answer;
  /** Pending notes do not go along with the answer: they wait for another event. */
  keepNotes?: true;
  /** Appended last, if the turn ends: if the answer neither refuses that nor has context, with which Claude continues. */
  turnEnd?: NewEvent[];
}

/** What a handler of tool calls needs only at times. It is in a bundle of its own, so that most calls do not load it. */
export interface ColdCode {
  /** Waits while blocks are active; returns what refuses the call at the end. */
  holdCall: (ctx: HookContext, session: SessionWriter) => Promise<Outcome>;
  /** Adds a warning to the answer of a call that runs, though it takes what others have not committed. */
  warnOfSweeps: (ctx: HookContext, outcome: Outcome) => Outcome;
  /** Events that follow from a call that has run. */
  callEffects: (ctx: HookContext, dir: string) => Promise<NewEvent[]>;
  endAbortedTurn: (ctx: HookContext, by: string, events: NewEvent[]) => Outcome;
}

/** Answers one hook event. Only a handler that writes and then waits or reads needs the writer. */
export type Handler = (
  ctx: HookContext,
  session: SessionWriter,
  loadCold: () => Promise<ColdCode>,
) => Outcome | Promise<Outcome>;
