import { diary } from '../core/diary.ts';
import { fermataHome } from '../core/paths.ts';
import { runWorker } from './runWorker.ts';

// usage: runner.cjs <session folder> <worker>; started by startWorkers, all its files closed
const [program, dir, worker] = process.argv.slice(1);
const home = fermataHome(process.env);
const tell = (error: unknown): void =>
  diary(
    home,
    'runner',
    Date.now(),
    `${worker ?? ''}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );

if (program === undefined || dir === undefined || worker === undefined) {
  console.error('usage: runner.cjs <session folder> <worker>');
  process.exitCode = 2;
} else {
  runWorker({ dir, home, worker, runner: program, tell }).catch((error: unknown) => {
    tell(error);
    process.exitCode = 1;
  });
}
