import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '../../src/core/log/append.ts';
import { say } from '../../src/core/log/say.ts';
import { SessionLog } from '../../src/core/log/sessionLog.ts';
import { saveSnapshot } from '../../src/core/log/snapshot.ts';
import { repoRoot } from '../lib/runtimes.ts';
import { tempDir } from '../lib/tempDir.ts';
import { ratio } from './figure.ts';
import { processTime } from './processTime.ts';
import { writeSyntheticLog } from './syntheticLog.ts';

const SESSION = 'bench';

/** The gate with nothing armed against a bare `sh`, and a refusal against a bare Node, at logs of three lengths. */
export async function hookBench(): Promise<void> {
  for (const events of [0, 1_000, 1_000_000]) {
    const home = join(tempDir('fermata-bench-'), '.fermata');
    const dir = join(home, 'sessions', SESSION);
    for (const name of ['hooks', 'cache']) mkdirSync(join(home, name), { recursive: true });
    for (const file of ['gate.sh', 'hook.cjs', 'turn.cjs'])
      copyFileSync(join(repoRoot, 'dist/hooks', file), join(home, 'hooks', file));
    writeFileSync(join(home, 'runtime'), `${process.execPath}\n`);
    writeFileSync(join(home, 'settings.json'), '{"hold.seconds": 0}');
    createLog(dir, Date.now());
    if (events > 0) writeSyntheticLog(join(dir, 'events.jsonl'), events);
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      CLAUDE_CODE_SESSION_ID: SESSION,
      CLAUDE_PROJECT_DIR: home,
    };
    const payload = (padding: number): string =>
      JSON.stringify({
        session_id: SESSION,
        hook_event_name: 'PreToolUse',
        cwd: home,
        tool_name: 'Read',
        tool_input: { file_path: '/a', padding: 'x'.repeat(padding) },
      });
    const gate = (stdin: string) =>
      processTime({ file: join(home, 'hooks/gate.sh'), args: ['PreToolUse', '60'], env, stdin });
    const shell = (stdin: string) => processTime({ file: '/bin/sh', args: ['-c', ':'], env, stdin });
    for (const size of [300, 1_000_000]) {
      const stdin = payload(size);
      await ratio(
        `gate-idle-${events}-events-${size}-bytes`,
        40,
        () => gate(stdin),
        ['sh -c :', () => shell(stdin)],
        2,
      );
    }
    if (events === 0) continue;
    say(dir, Date.now(), { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' });
    const log = new SessionLog(dir);
    log.refresh();
    saveSnapshot(log, 0);
    const stdin = payload(300);
    await ratio(
      `refusal-${events}-events`,
      25,
      () => gate(stdin),
      ['node -e 0', () => processTime({ file: process.execPath, args: ['-e', '0'], env })],
      1.3,
    );
  }
}
