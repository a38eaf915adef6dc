import { describeEvent } from '#core/projection/describeEvent.ts';
import { formatDuration } from '#protocol/duration.ts';
import { markup, type Html } from './markup.ts';
import type { SessionReport } from './sessionReport.ts';
import { STYLE } from './style.ts';
import { timelineHtml } from './timelineHtml.ts';

/** The newest events that a page shows; a browser can bear no million rows. The JSON export has all of them. */
const MAX_EVENTS = 5000;

const time = (ts: number | undefined): string =>
  ts === undefined ? '' : new Date(ts).toISOString().replace('T', ' ').replace('.000Z', 'Z');

function table(title: string, headers: string[], rows: (string | number | undefined)[][]): Html {
  if (rows.length === 0) return markup``;
  const head = headers.map((h) => markup`<th scope="col">${h}</th>`);
  const body = rows.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`);
  return markup`<section><h2>${title}</h2><table><thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></section>\n`;
}

/** The session's report as one HTML page that asks for nothing, from anywhere. */
export function reportHtml(report: SessionReport): string {
  const { view } = report;
  const { session } = view;
  const { conductor } = session;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fermata: ${session.title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${session.title}</h1>
<p>Session ${session.id}${session.cwd === undefined ? '' : markup` in <code>${session.cwd}</code>`}; Claude is ${conductor.state}${conductor.reason === undefined ? '' : ` (${conductor.reason})`}. Made ${time(report.ts)}. All times are UTC.</p>
<section><h2>Timeline</h2>${timelineHtml(report.timeline)}</section>
${notices(report)}${workers(report)}${blocks(report)}${coordination(report)}${events(report)}</body>
</html>
`;
  return page.text;
}

const notices = ({ view }: SessionReport): Html =>
  table(
    'What a person should know',
    ['When', 'What', 'Text'],
    view.notices.map((n) => [time(n.ts), n.kind, n.text]),
  );

const workers = ({ view, ts }: SessionReport): Html =>
  table(
    'Workers',
    ['Worker', 'State', 'Task', 'Started', 'Took', 'Last word', 'Tokens'],
    view.workers.map((w) => [
      w.id,
      w.progress?.pct === undefined ? w.state : `${w.state}, ${Math.round(w.progress.pct)}%`,
      w.task,
      time(w.startedTs),
      w.startedTs === undefined ? '' : formatDuration((w.endedTs ?? ts) - w.startedTs),
      w.problem ?? w.lastMessage,
      w.tokens === undefined ? '' : `${w.tokens.input} in, ${w.tokens.output} out`,
    ]),
  );

const blocks = ({ view, ts }: SessionReport): Html =>
  table(
    'Blocks',
    ['Block', 'By', 'Concerns', 'Reason', 'Since', 'Stood', 'Refused', 'Ended by'],
    view.blocks.map((b) => [
      b.id,
      b.worker,
      b.concerns,
      b.reason,
      time(b.sinceTs),
      formatDuration((b.cleared?.ts ?? ts) - b.sinceTs),
      b.deniedCount,
      b.cleared === undefined
        ? b.standing
          ? 'stands'
          : ''
        : [b.cleared.by, b.cleared.word].filter(Boolean).join(': '),
    ]),
  );

/** Where workers meet: votes, locks, checkpoints. */
const coordination = ({ view }: SessionReport): Html[] => [
  table(
    'Ballots',
    ['Ballot', 'Question', 'Votes', 'Quorum', 'Decided'],
    view.ballots.map((b) => [
      b.name,
      b.question,
      b.votes.map((v) => [`${v.worker} ${v.decision}`, v.reason].filter(Boolean).join(': ')).join('; '),
      b.quorum,
      b.decided === undefined ? '' : `${b.decided.decision} (${b.decided.why})`,
    ]),
  ),
  table(
    'Locks',
    ['Resource', 'Mode', 'Held by', 'Waiting'],
    view.locks.map((l) => [
      l.resource,
      l.mode,
      l.holders.map((h) => `${h.worker} (token ${h.token})`).join(', '),
      l.waiters.map((w) => w.worker).join(', '),
    ]),
  ),
  table(
    'Checkpoints',
    ['Checkpoint', 'Arrived', 'Missing'],
    view.checkpoints.map((c) => [c.name, c.arrived.join(', '), c.missing.join(', ')]),
  ),
];

function events({ events: all, view }: SessionReport): Html {
  const shown = all.slice(-MAX_EVENTS);
  const rows = shown.map((event) => [
    time(event.ts),
    'worker' in event ? (event.worker ?? '') : '',
    event.t,
    describeEvent(event) ?? '',
  ]);
  const omitted = all.length - shown.length;
  const damaged = view.damaged.total;
  const notes = [
    omitted > 0 ? `${omitted} earlier events are left out here; the JSON export has them.` : '',
    damaged > 0 ? `${damaged} damaged lines were skipped.` : '',
  ].filter(Boolean);
  return markup`${table('Events', ['When', 'Worker', 'Type', 'What'], rows)}${notes.map((n) => markup`<p>${n}</p>`)}`;
}
