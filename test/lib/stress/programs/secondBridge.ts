/**
 * A second bridge of a Fermata home, beside the one that has claimed it: `secondBridge HOME`. The claim only saves processes, so
 * two of them have to do no harm. Ends on SIGTERM.
 */
import { readHomeSettings } from '#bridge/homeSettings.ts';
import { NatsLink } from '#bridge/natsLink.ts';
import { sessionDir } from '#core/base/paths.ts';
import { BridgedHome } from '#core/machines/bridgedHome.ts';
import { watchLog } from '#core/session/watchLog.ts';

const [home = ''] = process.argv.slice(2);
const { connection, name, space, settings } = readHomeSettings(home);
if (connection === undefined) throw new Error('no server is named');
const link = new NatsLink(connection);
const bridged = new BridgedHome({
  home,
  space,
  machine: name,
  link,
  maxResultBytes: () => 8 << 20,
  roleOf: (machine) => settings['machines.roles'][machine] ?? 'worker',
  report: (error) => process.stderr.write(`${String(error)}\n`),
});
bridged.start();
for (const { session } of bridged.sessions) watchLog(sessionDir(home, session), () => bridged.look(session), 1000);
setInterval(() => bridged.tick(), 1000);
setInterval(() => {
  link.check().catch(() => {});
  void bridged.check();
}, 5000);
process.stdout.write('carrying\n');
