/**
 * The demo: real workers, the real runner and the real hooks; only the Conductor is simulated. It needs neither Claude
 * Code nor a port. `demo.cjs [--session ID] [--until-eof]` plays it and reports on standard output; `demo.cjs worker FILE` runs one
 * of its workers.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { playConductor } from './conductor.ts';
import { DemoFailure, fireHook, type DemoSession } from './hookCalls.ts';
import { prepareProject } from './project.ts';
import { work } from './worker.ts';

/** The duration of one step; tests of the demo set a shorter one. */
const PACE_MS = Number(process.env['FERMATA_DEMO_PACE_MS']) || 1500;
/** The demo ends with what started it: that holds the other end of its standard input. */
const UNTIL_EOF = '--until-eof';

async function play(): Promise<void> {
  // <home>/lib/demo.cjs
  const program = process.argv[1] ?? '';
  const home = dirname(dirname(program));
  const sessionFlag = process.argv.indexOf('--session');
  const session = sessionFlag === -1 ? `demo-${randomBytes(4).toString('hex')}` : (process.argv[sessionFlag + 1] ?? '');
  const project = prepareProject(home, program, PACE_MS);
  const stop = new AbortController();
  const stopDemo = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopDemo);
  if (process.argv.includes(UNTIL_EOF)) process.stdin.on('end', stopDemo).on('error', stopDemo).resume();
  try {
    await playConductor({ home, project, session, paceMs: PACE_MS, print: console.log, signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    console.log('The demo was ended.');
  } finally {
    process.stdin.destroy();
    await endSession({ home, project, session });
  }
}

/** Ends the session properly: aborts the workers that still run, and fires `SessionEnd`. */
async function endSession(target: DemoSession): Promise<void> {
  const dir = sessionDir(target.home, target.session);
  if (!existsSync(sessionPaths(dir).log)) return;
  const log = new SessionLog(dir);
  log.refresh();
  const running = [...log.state.workers.values()].filter((worker) => !hasEnded(worker));
  if (running.length > 0)
    publish(dir, Date.now(), ...running.map(({ id }) => ({ t: 'abort' as const, worker: id, by: 'user' })));
  // the demo's own signal may be aborted already
  await fireHook({ ...target, signal: new AbortController().signal }, 'SessionEnd', { reason: 'other' });
}

const [verb, file] = process.argv.slice(2);
const playing = verb === 'worker' ? work(file ?? '', PACE_MS) : play();
playing.catch((error: unknown) => {
  console.error(error instanceof DemoFailure ? error.message : error);
  process.exitCode = 1;
});
