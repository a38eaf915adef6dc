import { errorText, logError } from '#core/base/errorLog.ts';
import { fermataHome } from '#core/base/paths.ts';
import { runWorker } from './runWorker.ts';

// usage: runner.cjs <session folder> <worker>; startWorkers starts it with its standard streams closed
const [program, dir, worker] = process.argv.slice(1);
const home = fermataHome(process.env);
const onError = (error: unknown): void => logError(home, 'runner', Date.now(), `${worker ?? ''}: ${errorText(error)}`);

if (program === undefined || dir === undefined || worker === undefined) {
  console.error('usage: runner.cjs <session folder> <worker>');
  process.exitCode = 2;
} else {
  runWorker({ dir, home, worker, runner: program, onError }).catch((error: unknown) => {
    onError(error);
    process.exitCode = 1;
  });
}
