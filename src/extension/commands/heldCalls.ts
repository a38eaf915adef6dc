import { l10n } from 'vscode';
import type { NewEvent } from '#core/log/append.ts';
import { heldCalls } from '#core/projection/heldCalls.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block } from '#protocol/state.ts';
import type { HeldCallView, HoldReasonView } from '#protocol/viewModel.ts';
import { HumanError } from '#extension/base/humanError.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';

export interface HeldCallSources {
  silentSeconds: () => number;
  /** Appends to the session's log and reads it; throws where the person may not act. */
  publish: (session: LoggedSession, ...events: NewEvent[]) => void;
}

/** How many decisions can be taken back. */
const MAX_REMEMBERED = 50;

/** A call that was let run: the event that holds the next such call. */
type Undo = Pick<Block, 'event' | 'match' | 'text'>;

/**
 * What the person decides about a held or refused call as a whole. A reason that only the person can end ends with it: its
 * question is answered. One that ends by itself stands for all other calls.
 */
export class HeldCalls {
  readonly #sources: HeldCallSources;
  readonly #undos = new Map<string, Undo>();
  readonly #denied = new Map<string, HeldCallView>();

  constructor(sources: HeldCallSources) {
    this.#sources = sources;
  }

  /** Lets it run. Where it was refused Claude has gone on, so Claude is told to make it again, and is woken for that. */
  letRun(session: LoggedSession, id: string, comment?: string): void {
    const { publish } = this.#sources;
    const call = this.#find(session, id) ?? this.#denied.get(keyOf(session, id));
    if (call === undefined) throw new HumanError(l10n.t('That call is not held any more.'));
    this.#remember(session, call);
    const releases = call.reasons.map((reason): NewEvent => {
      // of a budget one call may pass; another sum is a decision of its own
      const isOver = reason.needsYou && reason.allow === undefined;
      const passed = isOver || call.call === undefined ? {} : { call: call.call };
      return { t: 'unblock', block: reason.block, by: USER, ...passed };
    });
    publish(session, ...releases, ...messages(call, comment));
  }

  /** Allows a new sum of each budget that holds it: it and those after it go on. */
  allowMore(session: LoggedSession, id: string): void {
    const call = this.#find(session, id);
    const allowed = call?.reasons.filter(({ allow }) => allow !== undefined) ?? [];
    if (call === undefined || allowed.length === 0) throw new HumanError(l10n.t('That call is not held any more.'));
    const events = allowed.map(({ block, allow }): NewEvent => {
      return { t: 'unblock', block, by: USER, budget: allow?.sum, agent: allow?.agent };
    });
    this.#sources.publish(session, ...events, ...messages(call));
  }

  /**
   * Refuses it. Claude is told not to make it again, at once where a hook waits with the call. The blocks stand. Until the
   * window closes it can be let run after all, as a call that was refused.
   */
  deny(session: LoggedSession, id: string, comment?: string): void {
    const call = this.#find(session, id);
    if (call === undefined) throw new HumanError(l10n.t('That call is not held any more.'));
    if (call.call === undefined || !call.canDeny) throw new HumanError(l10n.t('That cannot be refused.'));
    this.#sources.publish(session, { t: 'deny', call: call.call, by: USER, word: comment });
    keepNewest(this.#denied, keyOf(session, id), { ...call, state: 'refused' });
  }

  #find(session: LoggedSession, id: string): HeldCallView | undefined {
    const options = { now: Date.now(), silentSeconds: this.#sources.silentSeconds() };
    return heldCalls(session.state, options).find(isCall(id));
  }

  /** Holds the next call that the first of its reasons would have held. */
  holdAgain(session: LoggedSession, id: string): void {
    const undo = this.#undos.get(keyOf(session, id));
    if (undo === undefined) throw new HumanError(l10n.t('That can no longer be taken back.'));
    this.#undos.delete(keyOf(session, id));
    const { event, match, text: message } = undo;
    this.#sources.publish(session, { t: 'hook', worker: USER, event, exit: 2, message, match });
  }

  #remember(session: LoggedSession, call: HeldCallView): void {
    const block = session.state.blocks.get(mainReason(call)?.block ?? '');
    if (block === undefined) return;
    const { event, match, text } = block;
    keepNewest(this.#undos, keyOf(session, call.id), { event, match, text });
  }
}

function keepNewest<T>(remembered: Map<string, T>, key: string, value: T): void {
  remembered.set(key, value);
  for (const oldest of remembered.keys()) {
    if (remembered.size <= MAX_REMEMBERED) return;
    remembered.delete(oldest);
  }
}

/** A call that was held when the person saw it may have been refused since. */
const isCall =
  (id: string) =>
  ({ id: current, call }: HeldCallView): boolean =>
    current === id || (call !== undefined && id === `held ${call}`);

const keyOf = ({ folder }: LoggedSession, id: string): string => `${folder} ${id}`;

const mainReason = ({ reasons }: HeldCallView): HoldReasonView | undefined => reasons[0];

/** What Claude is told. It is not translated, since Claude reads it. */
function messages({ state, tool, summary }: HeldCallView, comment = ''): NewEvent[] {
  const isOver = state === 'refused' && tool !== undefined;
  const again = isOver ? `The person now lets this run; make the call again: ${tool} ${summary ?? ''}`.trimEnd() : '';
  const text = [again, comment].filter(Boolean).join('\n');
  return text === '' ? [] : [{ t: 'tell', to: CONDUCTOR, text, by: USER, now: isOver || undefined }];
}
