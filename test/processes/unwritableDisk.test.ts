import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { HookEvent } from '#protocol/hookEvents.ts';
import { HookStage, type HookResult } from '#test/lib/hookStage.ts';
import { canMount } from '#test/lib/stress/fullDisk.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const call = { tool_name: 'Read', tool_input: { file_path: 'a' }, tool_use_id: 't1' };
const block = (event: HookEvent) => ({ t: 'hook' as const, worker: 'W1', event, exit: 2, stderr: `not now, ${event}` });

let stage: HookStage;
beforeEach(async () => {
  stage = new HookStage();
  await stage.start();
  stage.publish(block('PreToolUse'));
  // a partly filled page of the file system would have room for another line
  const log = join(stage.dir, 'events.jsonl');
  appendFileSync(log, '\n'.repeat(4096 - (statSync(log).size % 4096)));
});

/** How a disk with a copy of the home comes to take nothing more. */
const DISKS = [
  ['full', 'cat /dev/zero >"$1/ballast" 2>/dev/null'],
  ['read-only', 'mount -o remount,ro "$1"'],
] as const;

// without the right to mount (no root, no user namespaces) there is no such disk to try
describe.runIf(canMount()).each(DISKS)('on a %s disk', (_name, close) => {
  /** Fires an event there, several times, and returns each answer and what it has changed. */
  function fire(event: HookEvent, more: object = {}, times = 1): HookResult[] {
    const disk = join(stage.root, 'disk');
    mkdirSync(disk, { recursive: true });
    const script = `
      mount -t tmpfs -o size=2m tmpfs "$1" && cp -a "$2" "$1/.fermata" || exit 99
      ${close}
      for i in $(seq ${times}); do "$1/.fermata/hooks/gate.sh" "$3" 60 <"$4"; echo " exit $?"; done`;
    const input = join(stage.root, 'payload.json');
    writeFileSync(input, JSON.stringify(stage.payload(event, more)));
    const { stdout, stderr } = stage.runVia(
      ['unshare', '-m', 'sh', '-c', script, 'sh', disk, stage.home, event, input],
      '',
    );
    return stdout
      .split(/ exit (\d+)\n/)
      .slice(0, -1)
      .reduce<HookResult[]>(
        (all, part, i, parts) =>
          i % 2 === 0 ? [...all, { stdout: part, stderr, code: Number(parts[i + 1] ?? -1) }] : all,
        [],
      );
  }
  const pre = (times = 1): HookResult[] => fire('PreToolUse', call, times);
  const refusal = { code: 0, stdout: expect.stringContaining('not now, PreToolUse') };
  const flag = (name: string): string => join(stage.dir, 'flags', name);

  test('a block refuses, each time', () => {
    expect(pre(3)).toMatchObject([refusal, refusal, refusal]);
  });

  test.each(['Stop', 'TaskCreated', 'SubagentStop', 'PreCompact'] as const)('a block at %s refuses', (event) => {
    stage.publish(block(event));
    const more = { task_subject: 'x', agent_id: 'a1', agent_type: 'Explore', trigger: 'manual' };
    const [answer] = fire(event, more);
    expect(`${answer?.stdout}${answer?.stderr}`).toContain(`not now, ${event}`);
  });

  test('a block whose writer did not arm it refuses, and so does one where nothing can be armed', () => {
    rmSync(join(stage.dir, 'armed'), { recursive: true });
    expect(pre()).toMatchObject([refusal]);
  });

  test.each([
    ['a flag that is none', () => writeFileSync(flag('x.tmp'), '')],
    ['a folder among the flags', () => mkdirSync(flag('release-B1'))],
    ['a name that is not UTF-8', () => execFileSync('sh', ['-c', ': >"$1/$(printf \'bad\\377\')"', 'sh', flag('')])],
    ['the release of another block', () => writeFileSync(flag('release-B7'), '')],
    [
      'an old answer',
      () => {
        writeFileSync(flag('answer-a1'), 'allow');
        utimesSync(flag('answer-a1'), 1, 1);
      },
    ],
    ['something else in the place of the logs', () => writeFileSync(join(stage.home, 'logs'), '')],
    ['another log before', () => writeFileSync(join(stage.dir, 'snapshot.json'), 'x')],
  ])('%s does not open the gate', (_what, make) => {
    make();
    expect(pre(2)).toMatchObject([refusal, refusal]);
  });

  test('the release of a block by a person is obeyed at each call, as long as it cannot be recorded', () => {
    stage.publish({ ...block('PreToolUse'), stderr: 'the second' });
    writeFileSync(flag('release-B1'), 'go on');
    const second = { code: 0, stdout: expect.stringMatching(/^(?!.*not now, PreToolUse).*the second/) };
    expect(pre(3)).toMatchObject([second, second, second]);
  });
});
