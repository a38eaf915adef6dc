import { loadSettings } from '#core/base/settings.ts';
import { masked } from '#core/base/masking.ts';
import { ellipsize } from '#core/base/text.ts';
import type { HookContext } from './hookContext.ts';
import type { Outcome } from './outcome.ts';

/** A turn that took no longer does not ring: the person is there. */
const LONG_TURN_MS = 30_000;
const MAX_CHARS = 120;

const BELL = '\u0007';
const ESCAPE = '\u001B';

/**
 * The answer that makes Claude's own terminal ring or notify, by the setting `notify.system`. Claude Code writes it there;
 * without a terminal (`-p`) it drops it.
 */
export function ring({ root, env }: HookContext, text: string): Pick<Outcome, 'answer'> {
  const how = loadSettings(env.home, root)['notify.system'];
  if (how === 'off') return {};
  // tmux passes on nothing but the bell
  const isBell = how === 'bell' || env.env['TMUX'] !== undefined;
  return { answer: { terminal: isBell ? BELL : notificationFor(env.env, plainText(text)) } };
}

/** The same at the end of a turn, if it was long. */
export function ringAtTurnEnd(ctx: HookContext): Pick<Outcome, 'answer'> {
  const { state, sinceTs = Infinity } = ctx.state.conductor;
  const isLong = state !== 'idle' && ctx.env.now() - sinceTs > LONG_TURN_MS;
  return isLong ? ring(ctx, ctx.payload.last_assistant_message || 'Claude has finished') : {};
}

/**
 * Terminals know three sequences for a notification, and few know two: this is the one that shows it once. Claude Code
 * passes on those that end with a bell.
 */
function notificationFor(env: NodeJS.ProcessEnv, text: string): string {
  const { TERM = '', TERM_PROGRAM, VTE_VERSION } = env;
  if (TERM_PROGRAM === 'vscode' || TERM === 'xterm-kitty') return `${ESCAPE}]99;;${text}${BELL}`;
  if (VTE_VERSION !== undefined || /^(?:foot|rxvt)/.test(TERM))
    return `${ESCAPE}]777;notify;Claude Code;${text}${BELL}`;
  return `${ESCAPE}]9;${text}${BELL}`;
}

/** One line without secrets or anything that could end the sequence or begin a field of it. */
const plainText = (text: string): string =>
  ellipsize(
    masked(text)
      .replaceAll(/[\p{C};\s]+/gu, ' ')
      .trim(),
    MAX_CHARS,
  );
