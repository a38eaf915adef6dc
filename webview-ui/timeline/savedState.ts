import { asRecord } from '#webview/host/host.ts';
import type { Focus } from './cursor.ts';
import type { Viewport } from './viewport.ts';

/** The state that the person arranged. The editor keeps it while the tab is hidden and over a reload. */
export interface Saved {
  /** The session to show after a reload. */
  session?: string;
  /** Named as in states that are stored already. */
  looking?: Viewport;
  /** How far the chart is scrolled down, CSS pixels. */
  top: number;
  table: boolean;
  filter: string;
  legend: boolean;
  /** Where the time went is open. */
  bill: boolean;
  focus?: Focus;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** Reads a saved state, which another version may have written: properties of the wrong type are dropped. */
export function readSaved({
  session,
  looking,
  top,
  table,
  filter,
  legend,
  bill,
  focus,
}: Record<string, unknown>): Saved {
  const saved: Saved = {
    top: isNumber(top) ? top : 0,
    table: table === true,
    filter: typeof filter === 'string' ? filter : '',
    legend: legend !== false,
    bill: bill !== false,
  };
  if (typeof session === 'string') saved.session = session;
  const { mode, from, to } = asRecord(looking);
  if ((mode === 'fit' || mode === 'follow' || mode === 'free') && isNumber(from) && isNumber(to) && to > from)
    saved.looking = { mode, from, to };
  const { lane, kind, pos, at } = asRecord(focus);
  if (typeof lane === 'string' && typeof kind === 'string' && isNumber(pos) && isNumber(at))
    saved.focus = { lane, kind, pos, at };
  return saved;
}
