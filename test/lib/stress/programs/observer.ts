/**
 * Publishes expiries and lost workers, as the panel and waiting commands do: `observer DIR`. Ends on SIGTERM.
 */
import { dueExpiries } from '#core/fold/expiries.ts';
import { watchLog } from '#core/session/watchLog.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';

const [dir = ''] = process.argv.slice(2);
const log = new SessionLog(dir);
const reported = new Set<string>();
let lastCheckTs = 0;

watchLog(
  dir,
  () => {
    log.refresh();
    const now = Date.now();
    const due = dueExpiries(log.state, now).filter(({ ref, seen }) => {
      const name = `${String(ref)} ${String(seen)}`;
      return !reported.has(name) && reported.add(name);
    });
    if (due.length > 0) publish(dir, now, ...due);
    if (now - lastCheckTs < 40) return;
    lastCheckTs = now;
    reportLost(log, now);
  },
  20,
);
process.stdout.write('observing\n');
