import { errorText, logError } from '#core/base/errorLog.ts';
import { fermataHome } from '#core/base/paths.ts';
import { runGitWatch } from './gitWatch.ts';

// usage: gitWatch.cjs; ensureGitWatch starts it with its standard streams closed
const home = fermataHome(process.env);
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
const fail = (error: unknown): void => {
  logError(home, 'git watch', Date.now(), errorText(error));
  process.exitCode = 1;
};
// another one is started with the next prompt
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

runGitWatch({ home, env: process.env }, stop.signal)
  .catch(fail)
  .finally(() => process.exit());
