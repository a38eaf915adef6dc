import { errorText, logError } from '#core/base/errorLog.ts';
import { fermataHome } from '#core/base/paths.ts';
import { runBridge } from './bridge.ts';
import { probe } from './probe.ts';

// usage: bridge.cjs [--stay | --probe]; ensureBridge starts it with its standard streams closed
const home = fermataHome(process.env);
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
const fail = (error: unknown): void => {
  logError(home, 'bridge', Date.now(), errorText(error));
  process.exitCode = 1;
};
// another bridge is started where this one ends, and what was not confirmed is sent again
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

const run = async (): Promise<void> => {
  if (process.argv.includes('--probe')) process.stdout.write(`${JSON.stringify(await probe(home))}\n`);
  else await runBridge({ home, stay: process.argv.includes('--stay') }, stop.signal);
};

run()
  .catch(fail)
  .finally(() => process.exit());
