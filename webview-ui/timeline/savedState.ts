import type { Focus } from './cursor.ts';
import type { Viewport } from './viewport.ts';

/** What the person arranged: kept by the editor while the tab is hidden and over a reload. `session` tells it what to show again. */
export interface Saved {
  session?: string;
  looking?: Viewport;
  /** Scrolled down so far, CSS pixels. */
  top: number;
  table: boolean;
  filter: string;
  legend: boolean;
  focus?: Focus;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** What an earlier life of the page kept, perhaps of another version: what is not as it should be is left out. */
export function readSaved(value: unknown): Saved {
  const { session, looking, top, table, filter, legend, focus } = recordOf(value);
  const saved: Saved = {
    top: isNumber(top) ? top : 0,
    table: table === true,
    filter: typeof filter === 'string' ? filter : '',
    legend: legend !== false,
  };
  if (typeof session === 'string') saved.session = session;
  const { mode, from, to } = recordOf(looking);
  if ((mode === 'fit' || mode === 'follow' || mode === 'free') && isNumber(from) && isNumber(to) && to > from)
    saved.looking = { mode, from, to };
  const { lane, kind, pos, at } = recordOf(focus);
  if (typeof lane === 'string' && typeof kind === 'string' && isNumber(pos) && isNumber(at))
    saved.focus = { lane, kind, pos, at };
  return saved;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
