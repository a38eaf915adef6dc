/** The gate of the simulation against the script itself, run by a real shell over the same folder. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { gateOpens } from './gate.ts';
import { Machine } from './kernel/machine.ts';

afterAll(removeTempDirs);

const SESSION = 's1';
/** What may lie in a session's folder, by its path there. */
type Thing = { path: string; kind: 'file' | 'folder' | 'link' | 'dangling link'; ageSeconds: number };

const thing: fc.Arbitrary<Thing> = fc.record({
  path: fc.constantFrom(
    'armed',
    'armed/PreToolUse/entry',
    'armed/PreToolUse',
    'armed/PostToolUse/entry',
    'flags',
    'flags/release-B1',
    'flags/.hidden',
    'flags/abort-session',
    'flags-ignored/release-B1',
    'flags-ignored/abort-session',
    'events.jsonl',
  ),
  kind: fc.constantFrom('file', 'file', 'folder', 'link', 'dangling link'),
  ageSeconds: fc.constantFrom(10, 20, 30),
});

/** Makes what is there in a real folder and in a simulated one; what has no place is left out in both. */
function stage(home: string, machine: Machine, things: Thing[], hasFolder: boolean): void {
  const dir = join(home, 'sessions', SESSION);
  const simulatedDir = `/home/sessions/${SESSION}`;
  mkdirSync(join(home, 'sessions'), { recursive: true });
  machine.disk.putFolder('/home/sessions');
  if (!hasFolder) return;
  mkdirSync(dir);
  machine.disk.putFolder(simulatedDir);
  const ages = new Map([['', 15]]);
  for (const { path, kind, ageSeconds } of things) {
    const [full, simulated] = [join(dir, path), `${simulatedDir}/${path}`];
    try {
      mkdirSync(dirname(full), { recursive: true });
      if (kind === 'file') writeFileSync(full, '', { flag: 'wx' });
      else if (kind === 'folder') mkdirSync(full);
      else symlinkSync(kind === 'link' ? dir : join(dir, 'nowhere'), full);
    } catch {
      continue;
    }
    machine.disk.putFolder(dirname(simulated));
    if (kind === 'file') machine.disk.put(simulated, '');
    else if (kind === 'folder') machine.disk.makeFolder(simulated, 0o700);
    else machine.disk.makeLink(kind === 'link' ? simulatedDir : `${simulatedDir}/nowhere`, simulated);
    if (kind === 'file' || kind === 'folder') ages.set(path, ageSeconds);
  }
  // last, since what is made in a folder changes its time; the session's own folder is what links lead to
  for (const [path, ageSeconds] of ages) {
    const changed = machine.clock - 1000 * ageSeconds;
    utimesSync(join(dir, path), changed / 1000, changed / 1000);
    machine.disk.at(join(simulatedDir, path), 'utimes').mtimeMs = changed;
  }
}

test('the gate opens for the same folders as the script', () => {
  const home = tempDir();
  const node = join(home, 'node');
  mkdirSync(join(home, 'hooks'));
  for (const name of ['gate.sh', 'gate.sh.program'])
    copyFileSync(join(repoRoot, 'hooks', name), join(home, 'hooks', name));
  chmodSync(join(home, 'hooks/gate.sh'), 0o755);
  // in the place of Node, a program that shows that it was started
  writeFileSync(node, '#!/bin/sh\ncat >/dev/null\necho opened\n', { mode: 0o755 });
  let runs = 0;
  const events = ['PreToolUse', 'PostToolUse', 'PostToolBatch', 'Stop'];
  fc.assert(
    fc.property(
      fc.array(thing, { maxLength: 5 }),
      fc.constantFrom(...events),
      fc.boolean(),
      (things, event, hasFolder) => {
        const each = join(home, String(runs++));
        mkdirSync(join(each, 'hooks'), { recursive: true });
        for (const name of ['gate.sh', 'gate.sh.program'])
          copyFileSync(join(home, 'hooks', name), join(each, 'hooks', name));
        writeFileSync(join(each, 'hooks/hook.cjs'), '');
        writeFileSync(join(each, 'runtime'), `${node}\n`);
        const machine = new Machine(() => 0.5);
        stage(each, machine, things, hasFolder);
        const { stdout } = spawnSync('sh', [join(each, 'hooks/gate.sh'), event, '60'], {
          env: { PATH: process.env['PATH'], CLAUDE_CODE_SESSION_ID: SESSION },
          input: '{}',
          encoding: 'utf8',
        });
        let opens: boolean | undefined;
        const simulated = machine.start({
          kind: 'gate',
          argv: [],
          env: {},
          main: () => {
            opens = gateOpens('/home', SESSION, event);
          },
        });
        machine.turn(simulated);
        expect(opens).toBe(stdout.includes('opened'));
      },
    ),
    { numRuns: 150 },
  );
});
