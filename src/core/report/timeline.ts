import type { SessionReport } from './sessionReport.ts';
import { markup, type Html } from './markup.ts';

const ROW = 22;
const LEFT = 120;
const WIDTH = 860;
/** Marks beyond this would only blacken the picture. */
const MOST_ROWS = 200;
const MOST_MARKS = 2000;

interface Span {
  name: string;
  look: string;
  from: number;
  to: number;
  title: string;
}

/** Workers as bars over time, with their checkpoints as marks, and blocks as bars below: an SVG picture. */
export function timeline(report: SessionReport): Html {
  const spans = [...workerSpans(report), ...blockSpans(report)].slice(0, MOST_ROWS);
  if (spans.length === 0) return markup`<p class="none">No workers and no blocks.</p>`;
  const start = Math.min(...spans.map((s) => s.from));
  const end = Math.max(start + 1000, ...spans.map((s) => s.to));
  const x = (ts: number): number => LEFT + ((ts - start) / (end - start)) * WIDTH;
  const rows = new Map(spans.map((span, i) => [span.name, i * ROW]));
  const height = spans.length * ROW + 24;
  const bars = spans.map((span, i) => {
    const width = Math.max(2, x(span.to) - x(span.from));
    return markup`<text class="name" x="${LEFT - 8}" y="${i * ROW + 15}">${span.name.slice(0, 16)}</text>
<rect class="${span.look}" x="${x(span.from).toFixed(1)}" y="${i * ROW + 4}" width="${width.toFixed(1)}" height="14" rx="3"><title>${span.title}</title></rect>
`;
  });
  const marks = report.events
    .filter((event) => event.t === 'checkpoint')
    .slice(0, MOST_MARKS)
    .map((event) => {
      if (event.ts === undefined || !rows.has(event.worker)) return markup``;
      const y = (rows.get(event.worker) ?? 0) + 11;
      return markup`<circle class="mark" cx="${x(event.ts).toFixed(1)}" cy="${y}" r="4"><title>${event.worker} reached ${event.name}</title></circle>
`;
    });
  return markup`<svg viewBox="0 0 ${LEFT + WIDTH + 20} ${height}" role="img" aria-label="Timeline of workers and blocks">
${ticks(start, end, x, height)}${bars}${marks}</svg>`;
}

function workerSpans({ view, ts }: SessionReport): Span[] {
  return view.workers.flatMap((w): Span[] => {
    const from = w.startedTs ?? w.endedTs;
    if (from === undefined) return [];
    const to = w.endedTs ?? ts;
    const title = [w.id, w.task, w.state, w.problem].filter(Boolean).join(' · ');
    return [{ name: w.id, look: `bar ${w.state}`, from, to, title }];
  });
}

function blockSpans({ view, ts }: SessionReport): Span[] {
  return view.blocks.map((b) => ({
    name: b.id,
    look: b.standing ? 'bar standing' : 'bar block',
    from: b.sinceTs,
    to: b.standing ? ts : (b.cleared?.ts ?? b.dueTs ?? b.sinceTs),
    title: `${b.id} by ${b.worker}: ${b.reason}`,
  }));
}

const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800];

function ticks(start: number, end: number, x: (ts: number) => number, height: number): Html[] {
  const step = (STEPS_S.find((s) => (end - start) / 1000 / s <= 10) ?? 2_419_200) * 1000;
  const count = Math.min(12, Math.floor((end - start) / step));
  return Array.from({ length: count + 1 }, (_, i) => {
    const at = x(start + i * step).toFixed(1);
    return markup`<line class="tick" x1="${at}" x2="${at}" y1="0" y2="${height - 18}"></line>
<text class="time" x="${at}" y="${height - 4}">${clock(i * step)}</text>
`;
  });
}

/** Time since the beginning, as `+1:30` or `+2:00:00`. */
function clock(ms: number): string {
  const s = Math.round(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  return `+${hours === 0 ? '' : `${hours}:`}${hours === 0 ? Math.floor(s / 60) : two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}
