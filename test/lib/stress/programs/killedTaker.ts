/**
 * Takes a lock from its process, whose lease counts as overdue, and is killed when the log has that and before the process is
 * continued: `killedTaker DIR`.
 */
import { LeaseWatch } from '#core/session/leaseWatch.ts';
import { publishExpiries } from '#core/session/expiries.ts';
import { openLog } from '#core/session/sessionLog.ts';

class Overdue extends LeaseWatch {
  override isOverdueFor(): boolean {
    return true;
  }
}

const log = openLog(process.argv[2] ?? '');
publishExpiries(log, Date.now() + 60_000, new Overdue(), () => process.kill(process.pid, 'SIGKILL'));
process.exitCode = 3;
