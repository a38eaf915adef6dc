/**
 * The demo: real workers under the real runner and the real hook program; only the Conductor is simulated. It needs
 * neither Claude Code nor a port. `demo.cjs [--session ID]` plays it to its end and tells of it on standard output;
 * `demo.cjs worker FILE` is one of its workers.
 */
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { playConductor } from './conductor.ts';
import { DemoFailure, HookCalls } from './hookCalls.ts';
import { prepareProject } from './project.ts';
import { endSession } from './endSession.ts';
import { work } from './worker.ts';

/** One step of everybody; fewer milliseconds for whoever tests the demo itself. */
const PACE_MS = Number(process.env['FERMATA_DEMO_PACE_MS']) || 1500;
/** A demo that somebody paused and forgot ends all the same. */
const TIMEOUT_MS = 300_000;

async function play(): Promise<void> {
  // <home>/lib/demo.cjs
  const program = process.argv[1] ?? '';
  const home = dirname(dirname(program));
  const sessionFlag = process.argv.indexOf('--session');
  const session = sessionFlag === -1 ? `demo-${randomBytes(4).toString('hex')}` : (process.argv[sessionFlag + 1] ?? '');
  const project = prepareProject({ home, program, paceMs: PACE_MS });
  const stop = new AbortController();
  const stopDemo = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopDemo);
  const timer = setTimeout(stopDemo, TIMEOUT_MS);
  const hooks = new HookCalls({ home, project, session, signal: stop.signal });
  try {
    await playConductor({ home, project, session, hooks, paceMs: PACE_MS, print: console.log, signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    console.log('The demo was ended.');
  } finally {
    clearTimeout(timer);
    await endSession({ home, project, session });
  }
}

const [verb, file] = process.argv.slice(2);
const playing = verb === 'worker' ? work(file ?? '', PACE_MS) : play();
playing.catch((error: unknown) => {
  console.error(error instanceof DemoFailure ? error.message : error);
  process.exitCode = 1;
});
