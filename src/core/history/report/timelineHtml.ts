import { CONDUCTOR, USER } from '#protocol/ids.ts';
import {
  KIND_LABELS,
  MARK_SHAPES,
  type MarkKind,
  type SpanKind,
  type TimelineFact,
  timelineFacts,
  type TimelineLane,
  type TimelineSpan,
  type TimelineView,
} from '#protocol/timeline.ts';
import { formatDuration } from '#core/base/duration.ts';
import { markup, type Html } from './markup.ts';

const LEFT_MARGIN = 150;
const WIDTH = 860;
const RIGHT_MARGIN = 20;
const BAR_HEIGHT = 14;
const HELD_HEIGHT = 8;
const GAP = 2;
const LANE_GAP = 6;
/** More would only blacken the picture; the table has the rest. */
const MAX_LANES = 200;
const MAX_ROWS = 5000;

/** How a lane is called. */
const laneName = ({ id }: TimelineLane): string => (id === CONDUCTOR ? 'Conductor' : id === USER ? 'You' : id);

interface LaneLayout {
  lane: TimelineLane;
  y: number;
}

/** The timeline as an SVG picture with its legend, and as a table of the same facts. */
export function timelineHtml(view: TimelineView): Html {
  const lanes = view.lanes.filter(({ rows, marks }) => rows.some((row) => row.length > 0) || marks.length > 0);
  if (lanes.length === 0) return markup`<p class="none">Nothing has happened yet.</p>`;
  const shown = lanes.slice(0, MAX_LANES);
  const omitted = lanes.length - shown.length;
  const facts = timelineFacts(view);
  return markup`${picture(view, shown)}${legend(facts)}
${omitted > 0 ? markup`<p>${omitted} more workers are not drawn here.</p>` : ''}${table(view, facts)}`;
}

function picture(view: TimelineView, lanes: TimelineLane[]): Html {
  const start = view.startTs;
  const end = Math.max(start + 1000, view.session.live ? view.generatedTs : view.endTs);
  const x = (ts: number): number => LEFT_MARGIN + ((Math.min(ts, end) - start) / (end - start)) * WIDTH;
  let y = LANE_GAP;
  const layouts = lanes.map((lane): LaneLayout => {
    const layout = { lane, y };
    y += BAR_HEIGHT + (lane.rows.length - 1) * (HELD_HEIGHT + GAP) + LANE_GAP;
    return layout;
  });
  const height = y + 18;
  const laneMarkup = layouts.map((layout) => renderLane(layout, x, end));
  return markup`<svg class="timeline" viewBox="0 0 ${LEFT_MARGIN + WIDTH + RIGHT_MARGIN} ${height}" role="img" aria-label="Timeline; the table below it has the same facts">
${patterns()}${ticks(start, end, x, height)}${laneMarkup}${layouts.flatMap((layout) => renderMarks(layout, layouts, x))}</svg>`;
}

function renderLane({ lane, y }: LaneLayout, x: (ts: number) => number, end: number): Html {
  const title = [laneName(lane), lane.task].filter(Boolean).join(': ');
  const rows = lane.rows.map((row, i) => {
    const top = i === 0 ? y : y + BAR_HEIGHT + GAP + (i - 1) * (HELD_HEIGHT + GAP);
    return row.map((span) => rect(span, lane, top, i === 0 ? BAR_HEIGHT : HELD_HEIGHT, x, end));
  });
  return markup`<g><text class="name" x="${LEFT_MARGIN - 8}" y="${y + 11}">${truncate(laneName(lane), 20)}<title>${title}</title></text>
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

function renderMarks({ lane, y }: LaneLayout, layouts: LaneLayout[], x: (ts: number) => number): Html[] {
  const middle = y + BAR_HEIGHT / 2;
  return lane.marks.map((mark) => {
    const at = x(mark.at).toFixed(1);
    const to = mark.kind === 'handoff' ? layouts.find((other) => other.lane.id === mark.to) : undefined;
    const line =
      to && markup`<line class="handoff" x1="${at}" x2="${at}" y1="${middle}" y2="${to.y + BAR_HEIGHT / 2}"></line>`;
    return markup`${line}<path class="m m-${mark.kind}" transform="translate(${at} ${middle})" d="${MARK_SHAPES[mark.kind]}"><title>${factText(lane, mark.kind, mark)}</title></path>
`;
  });
}

/** All that is known of an item, in one line. */
function factText(lane: TimelineLane, kind: SpanKind | MarkKind, item: TimelineFact['item']): string {
  return [laneName(lane), kindCount(kind, item.count), item.label, itemDetails(item)].filter(Boolean).join(' · ');
}

const kindCount = (kind: SpanKind | MarkKind, n: number | undefined): string =>
  n === undefined ? KIND_LABELS[kind] : `${n} × ${KIND_LABELS[kind]}`;

function itemDetails(item: TimelineFact['item']): string {
  const ended = 'ended' in item ? item.ended : undefined;
  const how = ended && [`${ended.how} (${ended.by})`, ended.comment].filter(Boolean).join(': ');
  return [item.text, how].filter(Boolean).join(' · ');
}

function legend(facts: TimelineFact[]): Html {
  // what looks the same is one
  const kinds = new Set<SpanKind | MarkKind>(facts.map(({ kind }) => (kind === 'running' ? 'working' : kind)));
  const entries = (Object.keys(KIND_LABELS) as (SpanKind | MarkKind)[])
    .filter((kind) => kinds.has(kind))
    .map((kind) => {
      const symbol =
        kind in MARK_SHAPES
          ? markup`<path class="m m-${kind}" transform="translate(10 7)" d="${MARK_SHAPES[kind as MarkKind]}"></path>`
          : markup`<rect class="t-${kind}" x="1" y="1" width="18" height="12" rx="2"></rect>`;
      return markup`<li><svg viewBox="0 0 20 14" aria-hidden="true">${symbol}</svg>${KIND_LABELS[kind]}</li>`;
    });
  return markup`<ul class="legend">${entries}</ul>`;
}

function table(view: TimelineView, facts: TimelineFact[]): Html {
  const shown = facts.slice(-MAX_ROWS);
  const rows = shown.map(({ lane, item, kind, from, to }) => {
    const took = kind in MARK_SHAPES ? '' : to === undefined ? 'lasts' : formatDuration(to - from);
    return markup`<tr><td>${clock(from - view.startTs)}</td><td>${laneName(lane)}</td><td>${kindCount(kind, item.count)}</td><td>${item.label}</td><td>${took}</td><td>${itemDetails(item)}</td></tr>
`;
  });
  const omitted = facts.length - shown.length;
  const headers = ['Time', 'Who', 'What', 'Name', 'Took', 'Said'].map((head) => markup`<th scope="col">${head}</th>`);
  return markup`<details><summary>The same as a table</summary><table><thead><tr>${headers}</tr></thead>
<tbody>${rows}</tbody></table>${omitted > 0 ? markup`<p>${omitted} earlier ones are left out here.</p>` : ''}</details>`;
}

/** Stripes and dots, so that no stretch of time is told by its colour alone. */
function patterns(): Html {
  const stripes = (id: string, width: number, angle: number): Html =>
    markup`<pattern id="p-${id}" class="p-${id}" width="${width}" height="${width}" patternUnits="userSpaceOnUse" patternTransform="rotate(${angle})"><rect width="${width}" height="${width}" class="ground"></rect><rect width="${width / 2}" height="${width}" class="ink"></rect></pattern>`;
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
  const padded = (n: number): string => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  return `+${hours === 0 ? '' : `${hours}:`}${hours === 0 ? Math.floor(s / 60) : padded(Math.floor(s / 60) % 60)}:${padded(s % 60)}`;
}

const truncate = (text: string, maxChars: number): string =>
  text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text;
