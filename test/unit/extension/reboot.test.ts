import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { PastFolders } from '#extension/sessions/pastFolder.ts';
import { Stage } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// A session from before this machine was started again: no process of it can be there, whatever its number is now.

afterAll(removeTempDirs);

let stage: Stage;
beforeEach(() => (stage = new Stage()));

/** The session's Claude is recorded with the number and the start of a process that runs: this one. */
function recordedOn(host: string): void {
  const claude = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '', host };
  const info = { session: stage.session, project: stage.project, started: Date.now(), ...claude };
  writeFileSync(sessionPaths(stage.dir).info, JSON.stringify(info));
}
const anotherBoot = (): string => hostIdentity().replace(/\/[^/]+/, '/0badb007');
const OF_FOLDER = { FERMATA_SESSION_DIR: '' };

function live(): { known: boolean | undefined; shown: boolean; past: boolean } {
  const session = new LoggedSession(stage.session, stage.dir);
  session.refresh();
  const past = new PastFolders(dirname(stage.dir), Date.now() + 60_000).take(stage.session);
  session.dispose();
  return { known: isSessionLive(readSessionInfo(stage.dir)), shown: session.live, past };
}

test.skipIf(!hostIdentity().includes('/'))('it has ended, for the panel and for the command line', async () => {
  recordedOn(anotherBoot());
  expect(live()).toEqual({ known: false, shown: false, past: true });
  expect((await fermata(stage, OF_FOLDER, 'block', 'wait', '--tool', 'Bash')).code).toBe(3);
});

test('the control: the same on this boot is live', async () => {
  recordedOn(hostIdentity());
  expect(live()).toEqual({ known: true, shown: true, past: false });
  expect((await fermata(stage, OF_FOLDER, 'block', 'wait', '--tool', 'Bash')).code).toBe(0);
});
