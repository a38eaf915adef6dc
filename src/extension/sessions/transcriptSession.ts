import { l10n } from 'vscode';
import type { NewEvent } from '#core/log/append.ts';
import type { ClaudeProcess } from '#core/claude/processes.ts';
import { missingShells } from '#core/claude/reconcile.ts';
import { realPath } from '#core/base/files/facts.ts';
import { isWorkflowRun, observedRuns } from '#core/claude/workflows.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { SUBAGENT, WORKFLOW } from '#core/fold/kinds.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import type { SessionState } from '#protocol/state.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import type { TrackedTranscript, Session } from './session.ts';
import { viewTexts } from '#extension/base/viewTexts.ts';

/**
 * A session whose hooks do not reach Fermata. Its transcript is turned into events that are folded like a log, so that
 * every surface draws it like any other session. Its state exists in this window's memory only.
 */
export class TranscriptSession implements Session {
  readonly #process: ClaudeProcess;
  readonly #state: SessionState = emptyState();
  readonly project: string;
  transcript: string | undefined;
  live = true;
  /** Why its hooks do not reach Fermata, and what the person can do. */
  hookAdvice = '';
  #position = 0;

  constructor(process: ClaudeProcess, now: number) {
    this.#process = process;
    this.project = realPath(process.cwd);
    this.transcript = process.transcript;
    const { session, cwd, pid, startedTs } = process;
    this.append(startedTs ?? now, { t: 'session', session, cwd, pid });
  }

  get id(): string {
    return this.#process.session;
  }

  get folder(): string {
    return this.id;
  }

  get hookProblem(): string {
    return [l10n.t('Seen from its transcript; hooks are not active.'), this.hookAdvice].filter(Boolean).join(' ');
  }

  get state(): SessionState {
    return this.#state;
  }

  get startedTs(): number {
    return this.#process.startedTs ?? this.#state.lastTs;
  }

  append(now: number, event: NewEvent): void {
    reduce(this.#state, { pos: this.#position++, value: { ts: now, ...event } });
  }

  /** Ends it: its process is gone, or its transcript has not grown for long. */
  end(now: number): void {
    if (!this.live) return;
    this.live = false;
    this.append(now, { t: 'end' });
  }

  view(now: number, silentSeconds: number, transcript?: TrackedTranscript): ViewModel {
    const { id, live, hookProblem } = this;
    return toViewModel(this.#state, {
      now,
      silentSeconds,
      id,
      live,
      transcript,
      unhooked: hookProblem,
      texts: viewTexts(),
    });
  }

  /** Folds what is new in the transcripts. */
  follow({ main, agents }: TranscriptSet, now: number): void {
    if (!this.live) return;
    const { turn } = main;
    if (turn !== undefined && turn.state !== this.#state.conductor.state)
      this.append(turn.sinceTs || now, { t: 'turn', state: turn.state });
    for (const [worker, { state, task, parent }] of agents) {
      const known = this.#state.workers.get(worker);
      const startTs = state.firstTs ?? now;
      if (known === undefined) {
        if (parent !== undefined && isWorkflowRun(parent) && !this.#state.workers.has(parent))
          this.append(startTs, { t: 'spawn', worker: parent, kind: WORKFLOW });
        this.append(startTs, { t: 'spawn', worker, kind: SUBAGENT, task, parent });
      } else if (state.turn?.state === 'idle' && !hasEnded(known))
        this.append(state.lastTs ?? now, { t: 'exit', worker, code: 0 });
    }
    const { transcript } = this;
    const runs = transcript === undefined ? [] : observedRuns(this.#state, transcript);
    for (const event of [...missingShells(this.#state, main.shells, this.startedTs), ...runs]) this.append(now, event);
  }
}
