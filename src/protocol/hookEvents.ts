/**
 * The hook events by what they have in common: each list is a filter of the table. The build runs this module and puts what
 * it exports in its place, so that a program has only the lists that it uses, and no table.
 */
import { HOOKS, type HookRow } from './hookTable.ts';

export type HookEvent = keyof typeof HOOKS;

/** The events whose row has a `call`. */
export type CallEvent = { [E in HookEvent]: (typeof HOOKS)[E] extends { call: string } ? E : never }[HookEvent];

export const HOOK_EVENTS = Object.keys(HOOKS) as HookEvent[];

const eventsWith = (has: (row: HookRow) => boolean): readonly HookEvent[] =>
  HOOK_EVENTS.filter((event) => has(HOOKS[event]));

/** The events at which gate.sh checks `armed/`; every other one starts Node in any case. */
export const GATED = eventsWith((row) => row.call !== undefined);
/** The end of one call: here it shows what a shell wrote although another worker has the lock. */
export const AFTER_CALL = eventsWith((row) => row.call === 'after');
/** Information meant for PostToolUse is as welcome at these: each follows a tool call. */
export const AFTER_TOOL = eventsWith((row) => row.call === 'after' || row.call === 'batch');
export const SUBAGENT_EVENTS = eventsWith((row) => row.subagent === true);
export const NOTIFICATION_ONLY = eventsWith((row) => row.block === 'never');
export const DELIVERED_ONCE = eventsWith((row) => row.block !== 'stands');
export const TAKES_CONTEXT = eventsWith((row) => row.context === 'json');
export const PRINTS_CONTEXT = eventsWith((row) => row.context === 'stdout');
export const RETRIES_AFTER_REFUSAL = eventsWith((row) => row.retries === true);
export const MISTAKABLE = eventsWith((row) => row.mistakable === true);
