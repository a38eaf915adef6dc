import type { LogOutputChannel, Memento } from 'vscode';
import type { BoardView } from '#protocol/board.ts';
import type { Intent } from '#protocol/messages.ts';
import type { Speed } from '#protocol/replay.ts';
import type { CommandName } from '#extension/base/ids.ts';
import type { History } from '#extension/history/history.ts';
import type { InstallContext } from '#extension/install/installContext.ts';
import type { Replays } from '#extension/replay/replays.ts';
import type { Rules } from '#extension/rules/rules.ts';
import type { AbortWatch } from '#extension/sessions/abortWatch.ts';
import type { BoardChoices } from '#extension/sessions/boardChoices.ts';
import type { Changes } from '#extension/sessions/changes.ts';
import type { Selection } from '#extension/sessions/selection.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import type { SessionScope } from '#extension/sessions/sessionScope.ts';
import type { SessionStore } from '#extension/sessions/sessionStore.ts';
import type { WorkerControl } from '#extension/sessions/workerControl.ts';
import type { TranscriptDocuments } from '#extension/editors/transcriptDocuments.ts';
import type { Timelines } from '#extension/timeline/timelines.ts';

/** What a person may start: a command of the manifest, or an action of the panel. */
export type Action = CommandName | Intent['action'];

/** The arguments of a command. The panel and menus pass ids; the command palette passes nothing. */
export interface Target {
  session?: string;
  block?: string;
  /** A held call, by the id of its view. */
  call?: string;
  worker?: string;
  resource?: string;
  ballot?: string;
  run?: string;
  decision?: string;
  ask?: string;
  word?: string;
  /** What is held once. */
  next?: string;
  /** A row of the Board; `focused`: the row of the view "History" that has the keyboard focus. */
  row?: string;
  /** A position in the log, bytes. */
  pos?: number;
  /** A place in a list of that line. */
  index?: number;
  /** A time of a transcript, epoch ms. */
  ts?: number;
  /** A position in the past: after this many events. */
  event?: number;
  /** Where a replay jumps to, and how fast it plays. */
  to?: 'previous' | 'next';
  speed?: Speed;
  /** Where hooks are installed, or which sessions are on the Board. */
  scope?: string;
  /** Whether a session stays first on the Board. */
  pinned?: boolean;
  notice?: number;
  /** The path of a file that two agents have edited. */
  file?: string;
  /** A kind of news. */
  kind?: string;
  /** The panel has already asked the person for confirmation. */
  confirmed?: boolean;
}

export type CommandHandler = (target: Target) => void | Promise<void>;

export interface Command {
  /**
   * `changes`: acts on a session, so it is refused while the panel shows the past. `navigates`: moves in the past, many
   * times a second, so only the panel is drawn after it.
   */
  effect: 'changes' | 'navigates' | 'none';
  run: CommandHandler;
}

/** What commands work on. */
export interface CommandSources {
  home: string;
  /** What is kept from window to window. */
  memory: Memento;
  /** Claude Code's configuration folder. */
  config: string;
  trusted: () => boolean;
  install: InstallContext;
  store: SessionStore;
  list: SessionList;
  selection: Selection;
  replays: Replays;
  history: History;
  workerControl: () => Promise<WorkerControl>;
  abortWatch: AbortWatch;
  rules: Rules;
  timelines: Timelines;
  transcripts: TranscriptDocuments;
  changes: Changes;
  log: LogOutputChannel;
  /** The session of the row of the view "History" that has the keyboard focus. */
  focusedRow: () => Promise<string | undefined>;
  /** Draws the list of past sessions again. */
  refreshPast: () => void;
  choices: BoardChoices;
  /** The Board as it was last drawn. */
  board: () => BoardView;
  scope: SessionScope;
}
