import { closeSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { realPath } from '#core/base/files/facts.ts';
import { openTarget } from '#core/base/files/openFile.ts';
import { maskedDeep } from '#core/base/masking.ts';
import { writeAll } from '#core/base/stdio.ts';
import { reportHtml } from '#core/history/report/reportHtml.ts';
import { forEachValue, sessionReport } from '#core/history/report/sessionReport.ts';
import { sessionOf } from '#cli/caller.ts';
import { print } from '#cli/output.ts';
import { refused, usage } from '#cli/exit.ts';
import { statusJson, viewContext } from '#cli/statusView.ts';
import { textOption, type Verb } from '#cli/verb.ts';

/** An export is written in pieces of about this size, in characters: a log may be larger than the memory. */
const PIECE_CHARS = 1 << 20;

export const exportSession: Verb = {
  name: 'export',
  summary: 'Write a report of the session: a page to look at, or JSON with every event',
  usage: '[--format html|json] [--out FILE]',
  options: {
    format: textOption('F', 'html (one page that needs nothing else) or json; default by --out, else json'),
    out: textOption('FILE', 'where to write it; default standard output'),
  },
  examples: ['fermata export --out report.html', 'fermata export --format json | jq .status.workers'],
  notes: [
    'The page asks for nothing from anywhere: it can be kept, sent and opened offline.',
    'Passwords and tokens are masked; what a report leaves out it says.',
  ],
  run: (call) => {
    const { io } = call;
    const out = call.text('out');
    const format = call.text('format') ?? (/\.html?$/i.test(out ?? '') ? 'html' : 'json');
    if (format !== 'html' && format !== 'json') throw usage('--format is html or json');
    const dir = sessionOf(call);
    const context = viewContext(call, dir);
    const write = format === 'html' ? writeHtml : writeJson;
    if (out === undefined) {
      write(dir, context, io.stdout);
      return;
    }
    const file = resolve(io.cwd, out);
    writeTo(file, (writePiece) => write(dir, context, writePiece));
    print(call, `written to ${file}`, { file, format });
  },
};

type Context = ReturnType<typeof viewContext>;
type Write = (text: string) => void;

const writeHtml = (dir: string, context: Context, write: Write): void => write(reportHtml(sessionReport(dir, context)));

/** The report as JSON: `status` as `fermata status --json` prints it, `events` every readable line of the log. */
function writeJson(dir: string, context: Context, write: Write): void {
  const { ts, view, state, end, timeline } = sessionReport(dir, context);
  const head = {
    fermataExport: 1,
    exportedTs: ts,
    status: maskedDeep(statusJson(view, state)),
    bill: maskedDeep(timeline.bill),
  };
  let piece = `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "events": [`;
  let separator = '\n';
  forEachValue(dir, end, (value) => {
    piece += `${separator}    ${JSON.stringify(maskedDeep(value))}`;
    separator = ',\n';
    if (piece.length < PIECE_CHARS) return;
    write(piece);
    piece = '';
  });
  write(`${piece}\n  ]\n}\n`);
}

/**
 * Writes a file that the person named: a link leads to the file that is replaced, in one step; into a device or a pipe is
 * written. Throws where it is a folder, or the system's error.
 */
function writeTo(file: string, write: (writePiece: Write) => void): void {
  const target = realPath(file);
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) throw refused(`${file} is a folder; name a file`);
  if (stats === undefined || stats.isFile()) {
    writeFileAtomic(target, (fd) => write((text) => writeAll(fd, text)), { mode: 0o600 });
    return;
  }
  const fd = openTarget(target);
  try {
    write((text) => writeAll(fd, text));
  } finally {
    closeSync(fd);
  }
}
