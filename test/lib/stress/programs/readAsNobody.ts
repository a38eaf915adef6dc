/** Reads a session's log as a user without the permission: `readAsNobody DIR`, started by root. Prints the error's code and the events. */
import { SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';

const [dir = ''] = process.argv.slice(2);
process.setgid?.(65534);
process.setuid?.(65534);
const log = new SessionLog(dir);
let code: string | undefined = 'none';
try {
  log.refresh();
} catch (error) {
  ({ code } = error as NodeJS.ErrnoException);
}
saveSnapshot(log, 0);
process.stdout.write(`${code} ${log.state.events}\n`);
