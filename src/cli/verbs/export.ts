import { resolve } from 'node:path';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { reportHtml } from '#core/history/report/reportHtml.ts';
import { sessionReport, type SessionReport } from '#core/history/report/sessionReport.ts';
import { sessionOf } from '#cli/caller.ts';
import { print } from '#cli/output.ts';
import { usage } from '#cli/exit.ts';
import { statusJson, viewContext } from '#cli/statusView.ts';
import { textOption, type Verb } from '#cli/verb.ts';

export const exportSession: Verb = {
  name: 'export',
  summary: 'Write a report of the session: a page to look at, or JSON with every event',
  usage: '[--format html|json] [--out FILE]',
  options: {
    format: textOption('F', 'html (one page that needs nothing else) or json; default by --out, else json'),
    out: textOption('FILE', 'where to write it; default standard output'),
  },
  examples: ['fermata export --out report.html', 'fermata export --format json | jq .status.workers'],
  notes: ['The page asks for nothing from anywhere: it can be kept, sent and opened offline.'],
  run: (call) => {
    const { io } = call;
    const out = call.text('out');
    const format = call.text('format') ?? (/\.html?$/i.test(out ?? '') ? 'html' : 'json');
    if (format !== 'html' && format !== 'json') throw usage('--format is html or json');
    const dir = sessionOf(call);
    const report = sessionReport(dir, viewContext(call, dir));
    const text = format === 'html' ? reportHtml(report) : reportJson(report);
    if (out === undefined) {
      io.stdout(text);
      return;
    }
    const file = resolve(io.cwd, out);
    writeFileAtomic(file, text, { mode: 0o600 });
    print(call, `written to ${file}`, { file, format });
  },
};

/** The report as JSON: `status` as `fermata status --json` prints it, `events` every readable line of the log. */
function reportJson({ ts, view, state, lines }: SessionReport): string {
  return `${JSON.stringify({ fermataExport: 1, exportedTs: ts, status: statusJson(view, state), events: lines }, null, 2)}\n`;
}
