import { formatDuration } from '#protocol/duration.ts';
import { markup, table, type Html } from './markup.ts';
import type { SessionReport } from './sessionReport.ts';
import { timelineHtml } from './timelineHtml.ts';

/** A browser cannot handle a million rows. */
const MAX_ROWS = 5000;

const time = (ts: number | undefined): string =>
  ts === undefined ? '' : new Date(ts).toISOString().replace('T', ' ').replace('.000Z', 'Z');

/** A table of the last rows; `omitted` is how many earlier ones the report does not have. */
function section(title: string, headers: string[], rows: (string | number | undefined)[][], omitted = 0): Html {
  if (rows.length === 0) return markup``;
  const leftOut = omitted + Math.max(0, rows.length - MAX_ROWS);
  const note = leftOut === 0 ? markup`` : markup`<p>${leftOut} earlier ones are left out here.</p>`;
  return markup`<section><h2>${title}</h2>${note}${table(headers, rows.slice(-MAX_ROWS))}</section>\n`;
}

/** The report of a session as one HTML page that loads nothing else. */
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
<title>Fermata: ${session.name}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${session.name}</h1>
<p>Session ${session.id}${session.cwd === undefined ? '' : markup` in <code>${session.cwd}</code>`}; Claude is ${conductor.state}${conductor.reason === undefined ? '' : ` (${conductor.reason})`}. Made ${time(report.ts)}. All times are UTC.</p>
<section><h2>Timeline</h2>${timelineHtml(report.timeline)}</section>
${notices(report)}${workers(report)}${blocks(report)}${coordination(report)}${events(report)}</body>
</html>
`;
  return page.text;
}

const notices = ({ view }: SessionReport): Html =>
  section(
    'What a person should know',
    ['When', 'What', 'Text'],
    view.notices.map((n) => [time(n.ts), n.kind, n.text]),
  );

const workers = ({ view, ts }: SessionReport): Html =>
  section(
    'Workers',
    ['Worker', 'Id', 'State', 'Task', 'Started', 'Took', 'Last word', 'Tokens'],
    view.workers.map((w) => [
      w.name,
      w.id,
      w.progress?.pct === undefined ? w.state : `${w.state}, ${Math.round(w.progress.pct)}%`,
      w.task === w.name ? undefined : w.task,
      time(w.startedTs),
      w.startedTs === undefined ? '' : formatDuration((w.endedTs ?? ts) - w.startedTs),
      w.problem ?? w.lastMessage,
      w.tokens === undefined ? '' : `${w.tokens.input} in, ${w.tokens.output} out`,
    ]),
  );

const blocks = ({ view, ts, omitted, names }: SessionReport): Html =>
  section(
    'Blocks',
    ['Block', 'By', 'Concerns', 'Reason', 'Since', 'Stood', 'Refused', 'Ended by'],
    view.blocks.map((b) => [
      b.id,
      names.worker(b.worker),
      b.concerns,
      b.reason,
      time(b.sinceTs),
      formatDuration((b.cleared?.ts ?? ts) - b.sinceTs),
      b.deniedCount,
      b.cleared === undefined
        ? b.standing
          ? 'stands'
          : ''
        : [names.worker(b.cleared.by), b.cleared.word].filter(Boolean).join(': '),
    ]),
    omitted.blocks,
  );

/** The tables of ballots, locks and checkpoints. */
const coordination = ({ view, names }: SessionReport): Html[] => [
  section(
    'Ballots',
    ['Ballot', 'Question', 'Votes', 'Quorum', 'Decided'],
    view.ballots.map((b) => [
      b.name,
      b.question,
      b.votes.map((v) => [`${names.worker(v.worker)} ${v.decision}`, v.reason].filter(Boolean).join(': ')).join('; '),
      b.quorum,
      b.decided === undefined ? '' : `${b.decided.decision} (${b.decided.why})`,
    ]),
  ),
  section(
    'Locks',
    ['Resource', 'Mode', 'Held by', 'Waiting'],
    view.locks.map((l) => [
      l.resource,
      l.mode,
      l.holders.map((h) => `${names.worker(h.worker)} (token ${h.token})`).join(', '),
      l.waiters.map((w) => names.worker(w.worker)).join(', '),
    ]),
  ),
  section(
    'Checkpoints',
    ['Checkpoint', 'Arrived', 'Missing'],
    view.checkpoints.map((c) => [
      c.name,
      c.arrived.map(names.worker).join(', '),
      c.missing.map(names.worker).join(', '),
    ]),
  ),
];

function events({ events: newest, omitted, view }: SessionReport): Html {
  const rows = newest.map(({ ts, worker, t, text }) => [time(ts), worker, t, text]);
  const damaged = view.damaged.total;
  const notes = [
    omitted.events > 0 ? 'The JSON export has all events.' : '',
    damaged > 0 ? `${damaged} damaged lines were skipped.` : '',
  ].filter(Boolean);
  const list = section('Events', ['When', 'Worker', 'Type', 'What'], rows, omitted.events);
  return markup`${list}${notes.map((n) => markup`<p>${n}</p>`)}`;
}

/** Light or dark as the reader's system is. */
const STYLE = markup`
:root { color-scheme: light dark; --line: #8884; --ok: #2e8540; --run: #1f6feb; --bad: #c93c37; --off: #8a8a8a; --held: #b76e00; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } section { overflow-x: auto; }
th, td { text-align: start; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
th { white-space: nowrap; } td:first-child { white-space: nowrap; }
code { font-family: ui-monospace, monospace; } .none { color: var(--off); }
.timeline { width: 100%; height: auto; } svg text { fill: currentColor; font-size: 11px; }
.name { text-anchor: end; } .time { text-anchor: middle; opacity: .7; } .tick { stroke: var(--line); }
.t-working, .t-running { fill: var(--run); } .t-idle { fill: none; stroke: var(--off); }
.t-planned, .t-starting { fill: none; stroke: var(--run); stroke-dasharray: 3 2; }
.t-waiting { fill: url(#p-waiting); } .t-held { fill: url(#p-held); } .t-denied { fill: url(#p-denied); }
.t-mixed { fill: url(#p-mixed); } .t-block { fill: var(--held); } .t-lock { fill: url(#p-lock); }
.ground { fill: var(--line); } .p-waiting .ink, .p-held .ink { fill: var(--held); } .p-denied .ink { fill: var(--bad); }
.p-mixed .ink { fill: var(--run); } .p-lock .ink { fill: var(--off); }
.m { fill: canvas; stroke: currentColor; stroke-width: 1.5; } .m-failed, .m-lost, .m-error, .m-refusal { stroke: var(--bad); }
.m-done { stroke: var(--ok); fill: none; } .handoff { stroke: currentColor; stroke-dasharray: 2 2; opacity: .6; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
.legend li { display: flex; gap: .35rem; align-items: center; } .legend svg { width: 20px; height: 14px; }
`;
