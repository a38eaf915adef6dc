/** The limits that the settings set for a session: each is a block of the person in its log. In programs.cjs. */
import type { NewEvent } from '#core/log/append.ts';
import { isCopy } from '#core/session/seat.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { HookSettings } from '#protocol/settings.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import type { SessionWriter } from './sessionWriter.ts';

/** What a setting sets: the condition, the calls that it limits, and the words before what is reached. */
interface SettingLimit {
  /** The block's key: a setting has one block. */
  key: string;
  until: string | undefined;
  match?: undefined | { tool?: string; agent?: string };
  text: string;
}

const STARTS_AGENTS = 'Agent|Task';

function limitsOf(settings: HookSettings): SettingLimit[] {
  const cap = (kind: string, name: keyof HookSettings & `agents.${string}`): SettingLimit => {
    const most = settings[name];
    return {
      key: `setting ${name}`,
      until: most === 0 ? undefined : `${kind}:${most}`,
      match: { tool: STARTS_AGENTS },
      text: `No further agent is started (the person’s setting fermata.${name}). Do the work without it, or wait for one to end.`,
    };
  };
  const budget = (name: 'budget.session' | 'budget.agent', match?: SettingLimit['match']): SettingLimit => {
    const sum = settings[name];
    const text = `The budget is spent (the person’s setting fermata.${name}). Make no further call: end with what is done and what is left. Only the person can allow more.`;
    return { key: `setting ${name}`, until: sum === '' ? undefined : `budget:${sum}`, match, text };
  };
  return [
    cap('agents', 'agents.max'),
    cap('depth', 'agents.depth'),
    cap('spawns', 'agents.perHour'),
    budget('budget.session'),
    budget('budget.agent', { agent: '*' }),
    windowOf(settings),
  ];
}

function windowOf({ 'budget.window': window }: HookSettings): SettingLimit {
  const text = 'The subscription’s limit is used (the person’s setting fermata.budget.window).';
  return { key: 'setting budget.window', until: window === '' ? undefined : `reset:${window}`, text };
}

const conditionOf = ({ until }: Block): string | undefined => until[0]?.text;

/** The events after which the log has the limits of the settings. One that the person has ended comes back only as another one. */
function settingLimits(settings: HookSettings, { blocks }: Pick<SessionState, 'blocks'>): NewEvent[] {
  const own = [...blocks.values()].filter(({ worker }) => worker === USER);
  return limitsOf(settings).flatMap(({ key, until, match, text }): NewEvent[] => {
    const latest = own.findLast((block) => block.key === key);
    const standing = latest?.ended === undefined ? latest : undefined;
    if (until === undefined) return standing === undefined ? [] : [{ t: 'unblock', block: standing.id, by: USER }];
    const isSame = latest !== undefined && conditionOf(latest) === until;
    if (isSame && (standing !== undefined || latest.ended?.by === USER)) return [];
    return [{ t: 'hook', worker: USER, event: 'PreToolUse', exit: 2, stderr: text, key, until, match }];
  });
}

/** Writes them into the log of Claude's own session. Elsewhere than at its seat that is the seat's work. */
export function setLimits(ctx: HookContext, session: SessionWriter): void {
  if (ctx.role === CONDUCTOR && !isCopy(session.dir)) session.tryPublish(...settingLimits(ctx.settings, ctx.state));
}
