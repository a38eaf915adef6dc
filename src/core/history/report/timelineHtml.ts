import { truncate } from '#core/base/text.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import {
  type MarkKind,
  type SpanKind,
  type TimelineLane,
  type TimelineMark,
  type TimelineSpan,
  type TimelineView,
  isMark,
  timelineFacts,
  type TimelineFact,
  MARK_SHAPES,
  KIND_LABELS,
} from '#protocol/timeline.ts';
import { formatDuration } from '#protocol/duration.ts';
import { billHtml } from './billHtml.ts';
import { markup, type Html, table } from './markup.ts';

const LEFT_MARGIN = 150;
const WIDTH = 860;
const RIGHT_MARGIN = 20;
const BAR_HEIGHT = 14;
const HELD_HEIGHT = 8;
const GAP = 2;
const LANE_GAP = 6;
const MAX_NAME_CHARS = 20;
/** A picture with more lanes would be unreadable; the table has the others. */
const MAX_LANES = 200;
const MAX_ROWS = 5000;

const laneName = ({ id, name = id }: TimelineLane): string =>
  id === CONDUCTOR ? 'Conductor' : id === USER ? 'You' : name;

const laneNameIn =
  ({ lanes }: TimelineView) =>
  (id: string): string =>
    laneName(lanes.find((lane) => lane.id === id) ?? { id, rows: [], marks: [] });

/** A lane and the top of its first row. */
interface LaneLayout {
  lane: TimelineLane;
  y: number;
}

/** The x coordinate of a timestamp; undefined means the right end of the picture. */
type Scale = (ts: number | undefined) => number;

/** The timeline as an SVG picture with its legend, and as a table of the same facts. */
export function timelineHtml(view: TimelineView): Html {
  const lanes = view.lanes.filter(({ rows, marks }) => rows.some((row) => row.length > 0) || marks.length > 0);
  if (lanes.length === 0) return markup`<p class="none">Nothing has happened yet.</p>`;
  const shown = lanes.slice(0, MAX_LANES);
  const omitted = lanes.length - shown.length;
  const facts = timelineFacts(view);
  return markup`${picture(view, shown)}${legend(facts)}${billHtml(view, laneNameIn(view))}
${omitted > 0 ? markup`<p>${omitted} more workers are not drawn here.</p>` : ''}${factTable(view, facts)}`;
}

function picture(view: TimelineView, lanes: TimelineLane[]): Html {
  const start = view.startTs;
  const end = Math.max(start + 1000, view.session.live ? view.generatedTs : view.endTs);
  const x: Scale = (ts = end) => LEFT_MARGIN + ((Math.min(ts, end) - start) / (end - start)) * WIDTH;
  let y = LANE_GAP;
  const layouts = lanes.map((lane): LaneLayout => {
    const layout = { lane, y };
    y += BAR_HEIGHT + (lane.rows.length - 1) * (HELD_HEIGHT + GAP) + LANE_GAP;
    return layout;
  });
  const height = y + 18;
  return markup`<svg class="timeline" viewBox="0 0 ${LEFT_MARGIN + WIDTH + RIGHT_MARGIN} ${height}" role="img" aria-label="Timeline; the table below it has the same facts">
${patterns()}${ticks(start, end, x, height)}${layouts.map((layout) => renderLane(layout, x))}${layouts.flatMap((layout) => renderMarks(layout, layouts, x))}</svg>`;
}

function renderLane({ lane, y }: LaneLayout, x: Scale): Html {
  const name = laneName(lane);
  const shortName = name.length > MAX_NAME_CHARS ? `${truncate(name, MAX_NAME_CHARS - 1)}…` : name;
  const bars = lane.rows.flatMap((row, i) => {
    const [top, height] =
      i === 0 ? [y, BAR_HEIGHT] : [y + BAR_HEIGHT + GAP + (i - 1) * (HELD_HEIGHT + GAP), HELD_HEIGHT];
    return row.map((span) => {
      const from = x(span.from);
      const width = Math.max(span.kind === 'block' ? 2 : 1, x(span.to) - from);
      return markup`<rect class="t-${span.kind}" x="${from.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${height}" rx="2"><title>${itemTitle(lane, span)}</title></rect>
`;
    });
  });
  return markup`<g><text class="name" x="${LEFT_MARGIN - 8}" y="${y + 11}">${shortName}<title>${[name, lane.task].filter(Boolean).join(': ')}</title></text>
${bars}</g>
`;
}

function renderMarks({ lane, y }: LaneLayout, layouts: LaneLayout[], x: Scale): Html[] {
  const middle = y + BAR_HEIGHT / 2;
  return lane.marks.map((mark) => {
    const at = x(mark.at).toFixed(1);
    const to = mark.kind === 'handoff' ? layouts.find((other) => other.lane.id === mark.to) : undefined;
    const line =
      to && markup`<line class="handoff" x1="${at}" x2="${at}" y1="${middle}" y2="${to.y + BAR_HEIGHT / 2}"></line>`;
    return markup`${line}<path class="m m-${mark.kind}" transform="translate(${at} ${middle})" d="${MARK_SHAPES[mark.kind]}"><title>${itemTitle(lane, mark)}</title></path>
`;
  });
}

/** Everything about an item, in one line. */
function itemTitle(lane: TimelineLane, item: TimelineSpan | TimelineMark): string {
  return [laneName(lane), kindText(item), item.label, details(item)].filter(Boolean).join(' · ');
}

const kindText = ({ kind, count }: TimelineSpan | TimelineMark): string =>
  count === undefined ? KIND_LABELS[kind] : `${count} × ${KIND_LABELS[kind]}`;

function details(item: TimelineSpan | TimelineMark): string {
  const ended = isMark(item) ? undefined : item.ended;
  const ending = ended && [`${ended.how} (${ended.by})`, ended.comment].filter(Boolean).join(': ');
  return [item.text, ending].filter(Boolean).join(' · ');
}

function legend(facts: TimelineFact[]): Html {
  // a running worker looks like a working Conductor
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

function factTable(view: TimelineView, facts: TimelineFact[]): Html {
  const rows = facts.slice(-MAX_ROWS).map(({ lane, item, from, to }) => {
    const took = isMark(item) ? '' : to === undefined ? 'lasts' : formatDuration(to - from);
    return [clock(from - view.startTs), laneName(lane), kindText(item), item.label, took, details(item)];
  });
  const omitted = facts.length - rows.length;
  const note = omitted > 0 ? markup`<p>${omitted} earlier ones are left out here.</p>` : '';
  const headers = ['Time', 'Who', 'What', 'Name', 'Took', 'Said'];
  return markup`<details><summary>The same as a table</summary>${table(headers, rows)}${note}</details>`;
}

/** Stripes, so that kinds of spans can be distinguished without their colours. */
function patterns(): Html {
  const stripes = (id: string, width: number, angle: number): Html =>
    markup`<pattern id="p-${id}" class="p-${id}" width="${width}" height="${width}" patternUnits="userSpaceOnUse" patternTransform="rotate(${angle})"><rect width="${width}" height="${width}" class="ground"></rect><rect width="${width / 2}" height="${width}" class="ink"></rect></pattern>`;
  return markup`<defs>${stripes('waiting', 6, 45)}${stripes('held', 4, 0)}${stripes('denied', 4, 90)}${stripes('mixed', 3, 45)}${stripes('lock', 6, -45)}</defs>
`;
}

const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800];

function ticks(start: number, end: number, x: Scale, height: number): Html[] {
  const step = (STEPS_S.find((s) => (end - start) / 1000 / s <= 10) ?? 2_419_200) * 1000;
  const count = Math.min(12, Math.floor((end - start) / step));
  return Array.from({ length: count + 1 }, (_, i) => {
    const at = x(start + i * step).toFixed(1);
    return markup`<line class="tick" x1="${at}" x2="${at}" y1="0" y2="${height - 18}"></line>
<text class="time" x="${at}" y="${height - 4}">${clock(i * step)}</text>
`;
  });
}

/** The time since the start, as `+1:30` or `+2:00:00`. */
function clock(ms: number): string {
  const s = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  const padded = (n: number): string => String(n).padStart(2, '0');
  return `+${hours === 0 ? minutes : `${hours}:${padded(minutes)}`}:${padded(s % 60)}`;
}
