import { CONDUCTOR, USER } from '../../protocol/ids.ts';
import type { MarkKind, SpanKind, TimelineLane, TimelineSpan, TimelineView } from '../../protocol/timeline.ts';
import { timelineFacts, type TimelineFact } from '../../protocol/timelineFacts.ts';
import { MARK_SHAPES } from '../../protocol/timelineShapes.ts';
import { duration } from '../project/words.ts';
import { KIND_WORDS } from '../timeline/kindWords.ts';
import { markup, type Html } from './markup.ts';

const LEFT = 150;
const WIDTH = 860;
const RIGHT = 20;
const BAR = 14;
const SLIM = 8;
const GAP = 2;
const LANE_GAP = 6;
/** More would only blacken the picture; the table has the rest. */
const MOST_LANES = 200;
const MOST_ROWS = 5000;

/** How a lane is called. */
const nameOf = ({ id }: TimelineLane): string => (id === CONDUCTOR ? 'Conductor' : id === USER ? 'You' : id);

interface Placed {
  lane: TimelineLane;
  y: number;
}

/** The timeline as an SVG picture with its legend, and as a table of the same facts. */
export function timeline(view: TimelineView): Html {
  const lanes = view.lanes.filter(({ rows, marks }) => rows.some((row) => row.length > 0) || marks.length > 0);
  if (lanes.length === 0) return markup`<p class="none">Nothing has happened yet.</p>`;
  const shown = lanes.slice(0, MOST_LANES);
  const left = lanes.length - shown.length;
  const facts = timelineFacts(view);
  return markup`${picture(view, shown)}${legend(facts)}
${left > 0 ? markup`<p>${left} more workers are not drawn here.</p>` : ''}${table(view, facts)}`;
}

function picture(view: TimelineView, lanes: TimelineLane[]): Html {
  const start = view.startTs;
  const end = Math.max(start + 1000, view.session.live ? view.generatedTs : view.endTs);
  const x = (ts: number): number => LEFT + ((Math.min(ts, end) - start) / (end - start)) * WIDTH;
  let y = LANE_GAP;
  const placed = lanes.map((lane): Placed => {
    const at = { lane, y };
    y += BAR + (lane.rows.length - 1) * (SLIM + GAP) + LANE_GAP;
    return at;
  });
  const height = y + 18;
  const drawn = placed.map((at) => laneOf(at, x, end));
  return markup`<svg class="timeline" viewBox="0 0 ${LEFT + WIDTH + RIGHT} ${height}" role="img" aria-label="Timeline; the table below it has the same facts">
${patterns()}${ticks(start, end, x, height)}${drawn}${placed.flatMap((at) => marksOf(at, placed, x))}</svg>`;
}

function laneOf({ lane, y }: Placed, x: (ts: number) => number, end: number): Html {
  const what = [nameOf(lane), lane.task].filter(Boolean).join(': ');
  const rows = lane.rows.map((row, i) => {
    const top = i === 0 ? y : y + BAR + GAP + (i - 1) * (SLIM + GAP);
    return row.map((span) => rect(span, lane, top, i === 0 ? BAR : SLIM, x, end));
  });
  return markup`<g><text class="name" x="${LEFT - 8}" y="${y + 11}">${short(nameOf(lane), 20)}<title>${what}</title></text>
${rows.flat()}</g>
`;
}

function rect(
  span: TimelineSpan,
  lane: TimelineLane,
  y: number,
  height: number,
  x: (ts: number) => number,
  end: number,
): Html {
  const from = x(span.from);
  const width = Math.max(span.kind === 'block' ? 2 : 1, x(span.to ?? end) - from);
  const title = factText(lane, span.kind, span);
  return markup`<rect class="t-${span.kind}" x="${from.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${height}" rx="2"><title>${title}</title></rect>
`;
}

function marksOf({ lane, y }: Placed, placed: Placed[], x: (ts: number) => number): Html[] {
  const middle = y + BAR / 2;
  return lane.marks.map((mark) => {
    const at = x(mark.at).toFixed(1);
    const to = mark.kind === 'handoff' ? placed.find((other) => other.lane.id === mark.to) : undefined;
    const line =
      to && markup`<line class="handoff" x1="${at}" x2="${at}" y1="${middle}" y2="${to.y + BAR / 2}"></line>`;
    return markup`${line}<path class="m m-${mark.kind}" transform="translate(${at} ${middle})" d="${MARK_SHAPES[mark.kind]}"><title>${factText(lane, mark.kind, mark)}</title></path>
`;
  });
}

/** All that is known of an item, in one line. */
function factText(lane: TimelineLane, kind: SpanKind | MarkKind, item: TimelineFact['item']): string {
  return [nameOf(lane), count(kind, item.count), item.label, said(item)].filter(Boolean).join(' · ');
}

const count = (kind: SpanKind | MarkKind, n: number | undefined): string =>
  n === undefined ? KIND_WORDS[kind] : `${n} × ${KIND_WORDS[kind]}`;

function said(item: TimelineFact['item']): string {
  const ended = 'ended' in item ? item.ended : undefined;
  const how = ended && [`${ended.how} (${ended.by})`, ended.word].filter(Boolean).join(': ');
  return [item.text, how].filter(Boolean).join(' · ');
}

function legend(facts: TimelineFact[]): Html {
  // what looks the same is one
  const there = new Set<SpanKind | MarkKind>(facts.map(({ kind }) => (kind === 'running' ? 'working' : kind)));
  const entries = (Object.keys(KIND_WORDS) as (SpanKind | MarkKind)[])
    .filter((kind) => there.has(kind))
    .map((kind) => {
      const sign =
        kind in MARK_SHAPES
          ? markup`<path class="m m-${kind}" transform="translate(10 7)" d="${MARK_SHAPES[kind as MarkKind]}"></path>`
          : markup`<rect class="t-${kind}" x="1" y="1" width="18" height="12" rx="2"></rect>`;
      return markup`<li><svg viewBox="0 0 20 14" aria-hidden="true">${sign}</svg>${KIND_WORDS[kind]}</li>`;
    });
  return markup`<ul class="legend">${entries}</ul>`;
}

function table(view: TimelineView, facts: TimelineFact[]): Html {
  const shown = facts.slice(-MOST_ROWS);
  const rows = shown.map(({ lane, item, kind, from, to }) => {
    const took = kind in MARK_SHAPES ? '' : to === undefined ? 'lasts' : duration(to - from);
    return markup`<tr><td>${clock(from - view.startTs)}</td><td>${nameOf(lane)}</td><td>${count(kind, item.count)}</td><td>${item.label}</td><td>${took}</td><td>${said(item)}</td></tr>
`;
  });
  const left = facts.length - shown.length;
  const heads = ['Time', 'Who', 'What', 'Name', 'Took', 'Said'].map((head) => markup`<th scope="col">${head}</th>`);
  return markup`<details><summary>The same as a table</summary><table><thead><tr>${heads}</tr></thead>
<tbody>${rows}</tbody></table>${left > 0 ? markup`<p>${left} earlier ones are left out here.</p>` : ''}</details>`;
}

/** Stripes and dots, so that no stretch of time is told by its colour alone. */
function patterns(): Html {
  const stripes = (id: string, width: number, turn: number): Html =>
    markup`<pattern id="p-${id}" class="p-${id}" width="${width}" height="${width}" patternUnits="userSpaceOnUse" patternTransform="rotate(${turn})"><rect width="${width}" height="${width}" class="ground"></rect><rect width="${width / 2}" height="${width}" class="ink"></rect></pattern>`;
  return markup`<defs>${stripes('waiting', 6, 45)}${stripes('held', 4, 0)}${stripes('denied', 4, 90)}${stripes('mixed', 3, 45)}${stripes('lock', 6, -45)}</defs>
`;
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

const short = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
