/** What Claude Code has handed to the command of its status line, as hooks/status-line.sh keeps it; read tolerantly. */
import { lstatOf } from '#core/base/files/facts.ts';
import { readTextIfAny } from '#core/base/files/readFile.ts';
import { asRecord } from '#core/base/json.ts';
import type { UsageView } from '#protocol/viewModel.ts';

/** Its figures, and when it was handed over (epoch ms). */
export type StatusLineFigures = Omit<UsageView, 'source'>;

/** As much as hooks/status-line.sh keeps. */
const MAX_BYTES = 65_536;
const WINDOWS = ['five_hour', 'seven_day'];

/** Undefined where there is none of this session, or none that can be read. */
export function readStatusLine(path: string, session: string): StatusLineFigures | undefined {
  const mtimeMs = lstatOf(path)?.mtimeMs;
  const text = mtimeMs === undefined ? undefined : readTextIfAny(path, MAX_BYTES);
  if (mtimeMs === undefined || text === undefined) return undefined;
  const payload = parse(text);
  return payload['session_id'] === session ? { ts: Math.floor(mtimeMs), ...figuresOf(payload) } : undefined;
}

function figuresOf(payload: Record<string, unknown>): Omit<StatusLineFigures, 'ts'> {
  const context = asRecord(payload['context_window']);
  const rates = asRecord(payload['rate_limits']);
  const limits = WINDOWS.flatMap((kind) => {
    const { used_percentage: used, resets_at: resets } = asRecord(rates[kind]);
    const pct = figure(used);
    const resetsS = figure(resets);
    if (pct === undefined) return [];
    return [{ kind, pct, ...(resetsS === undefined ? {} : { resetsTs: resetsS * 1000 }) }];
  });
  return {
    ...named('contextTokens', figure(context['total_input_tokens'])),
    ...named('contextWindow', figure(context['context_window_size'])),
    ...named('costUsd', figure(asRecord(payload['cost'])['total_cost_usd'])),
    // signed in without a subscription there are none
    ...(limits.length === 0 ? {} : { limits }),
  };
}

const figure = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

const named = <K extends string>(name: K, value: number | undefined): { [key in K]?: number } =>
  value === undefined ? {} : ({ [name]: value } as { [key in K]: number });

function parse(text: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return {};
  }
}
