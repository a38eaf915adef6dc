import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sessionPaths } from '#core/base/paths.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { createLog } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { readSnapshot, saveSnapshot } from '#core/session/snapshot.ts';
import { hold, same, type Target } from '#test/fuzz/target.ts';
import { NOW } from './logs.ts';
import { inMemory } from './scratch.ts';

/** A session whose snapshot is replaced, and what was in it. */
class Kept {
  readonly dir = join(inMemory('snapshot'), 's1');
  readonly path = sessionPaths(this.dir).snapshot;
  readonly bytes: Buffer;
  readonly state: string;
  readonly fd: number;

  constructor() {
    createLog(this.dir, NOW);
    publish(
      this.dir,
      NOW,
      { t: 'session', session: 's1', cwd: '/p' },
      { t: 'spawn', worker: 'W1', task: 'test', pid: 1 },
      {
        t: 'hook',
        worker: 'W1',
        event: 'PreToolUse',
        exit: 2,
        stderr: 'wait',
        match: { tool: 'Bash' },
        until: 'done:W1',
      },
      { t: 'hook', worker: 'W1', event: 'Stop', exit: 2, stderr: 'not yet' },
      { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2'], quorum: 2 },
      { t: 'vote', worker: 'W1', ballot: 'ship', decision: 'proceed' },
      { t: 'acquire', worker: 'W1', resource: 'db', id: 'l1' },
      { t: 'checkpoint', worker: 'W1', name: 'ready' },
      { t: 'error', worker: 'W1', message: 'disk full' },
    );
    const log = new SessionLog(this.dir);
    log.refresh();
    saveSnapshot(log, 0);
    this.bytes = readFileSync(this.path);
    this.state = encodeState(log.state);
    this.fd = openSync(sessionPaths(this.dir).log, 'r');
    process.once('exit', () => closeSync(this.fd));
  }
}

let kept: Kept | undefined;

/** Bytes in the place of a snapshot: they are not used, or they are the state that was kept. */
export const snapshot: Target = {
  seeds: () => [(kept ??= new Kept()).bytes, '{}', '{}\n{}\n[]'],
  maxBytes: 16_384,
  check: (input) => {
    const { dir, path, state, fd } = (kept ??= new Kept());
    writeFileSync(path, input);
    const read = readSnapshot(dir, fd);
    if (read !== undefined) {
      const without = encodeState({ ...read.state, activity: [] });
      same(
        without,
        encodeState({ ...(decodeState(state) as NonNullable<ReturnType<typeof decodeState>>), activity: [] }),
        'state',
      );
      const activity = read.activity();
      hold(activity.length === 0 || encodeState({ ...read.state, activity }) === state, () => 'another activity');
    }
    readSnapshot(dir, undefined);
    const log = new SessionLog(dir);
    log.refresh();
    // the activity is all that a damaged snapshot may cost
    same(
      encodeState({ ...log.state, activity: [] }).split('\n')[0],
      state.split('\n')[0],
      'state from the snapshot on',
    );
  },
};
