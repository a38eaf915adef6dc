import { asRecord } from '#core/base/json.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent, STOPPED, TEAMMATE } from '#core/fold/kinds.ts';
import type { NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { SessionState } from '#protocol/state.ts';

/** Where figures and ends are from that Claude Code itself has given to the plugin. */
const SOURCE = 'Claude Code';
/** More agents do not end within a second. */
const MAX_ENDS = 50;
const MAX_REASON_CHARS = 300;

/** Why an agent's turn is over, as Claude Code names it, for a person. */
const REASONS: Record<string, string> = {
  aborted: 'stopped in Claude Code',
  refusal: 'the model refused to go on',
  error: 'an error in Claude Code ended it',
};

/** Writes what the plugin has seen into the log. Throws the system's error. */
export function publishReport(log: SessionLog, { usage, ended }: Record<string, unknown>, now: number): void {
  const ends = Array.isArray(ended) ? ended.slice(0, MAX_ENDS).flatMap((end) => endOf(log.state, asRecord(end))) : [];
  const events: NewEvent[] = [...(usage === undefined ? [] : [usageEvent(asRecord(usage))]), ...ends];
  if (events.length === 0) return;
  publish(log.dir, now, ...events);
  log.refresh();
}

/** A reader of the log drops each figure that is none. */
const usageEvent = ({ contextTokens, contextWindow, costUsd, limits }: Record<string, unknown>): NewEvent => {
  return { t: 'usage', contextTokens, contextWindow, costUsd, limits, source: SOURCE };
};

/** The end of an agent which no hook reports; none where it is known, or where it was only that of a teammate's turn. */
function endOf({ workers }: SessionState, { agent, reason }: Record<string, unknown>): NewEvent[] {
  const worker = typeof agent === 'string' ? workers.get(agent) : undefined;
  if (worker === undefined || typeof reason !== 'string' || !isSubagent(worker) || hasEnded(worker)) return [];
  if (worker.kind === TEAMMATE && worker.abort === undefined) return [];
  const text = (Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined) ?? reason.slice(0, MAX_REASON_CHARS);
  const signal = reason === 'aborted' ? { signal: STOPPED } : {};
  return [{ t: 'exit', worker: worker.id, code: null, ...signal, reason: text }];
}
