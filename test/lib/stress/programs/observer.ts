/**
 * Looks on and says what time and death have ended, as the panel and waiting commands do: `observer DIR`. Ends on
 * SIGTERM.
 */
import { dueExpiries } from '../../../../src/core/log/expiries.ts';
import { follow } from '../../../../src/core/log/follow.ts';
import { reportLost } from '../../../../src/core/workers/lostWorkers.ts';
import { say } from '../../../../src/core/log/say.ts';
import { SessionLog } from '../../../../src/core/log/sessionLog.ts';

const [dir = ''] = process.argv.slice(2);
const log = new SessionLog(dir);
const said = new Set<string>();
let looked = 0;

follow(
  dir,
  () => {
    log.refresh();
    const now = Date.now();
    const due = dueExpiries(log.state, now).filter(({ ref, seen }) => {
      const name = `${String(ref)} ${String(seen)}`;
      return !said.has(name) && said.add(name);
    });
    if (due.length > 0) say(dir, now, ...due);
    if (now - looked < 40) return;
    looked = now;
    reportLost(log, now);
  },
  { pollMs: 20 },
);
process.stdout.write('looking\n');
