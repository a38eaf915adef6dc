import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { HookStage } from '#test/lib/hookStage.ts';
import { NAMES, type HostileCell, type Kind } from '#test/lib/stress/hostile.ts';
import { endAll, start } from '#test/lib/stress/program.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(() => {
  endAll();
  removeTempDirs();
});

/** What a place can hold that is none of Fermata's: what cannot be opened, what cannot be read, what leads elsewhere, and other bytes. */
const KINDS: Kind[] = sized(
  ['pipe', 'folder', 'link', 'bytes'],
  ['pipe', 'folder', 'zeros', 'link', 'linkedFolder', 'socket', 'large', 'bytes', 'unremovable'],
);
const SESSION = 'home/sessions/session-1';
/** Without these the block is not known any more; with these it is released. */
const UNKNOWN = ['home/sessions', SESSION];
const isReleased = (kind: Kind, name: string): boolean =>
  name === `${SESSION}/flags/release-B1` && ['large', 'bytes', 'unremovable'].includes(kind);
/** A file in the place of the log is another log, whose blocks count. */
const isAnotherLog = (kind: Kind, name: string): boolean =>
  name === `${SESSION}/events.jsonl` && ['large', 'bytes'].includes(kind);
/** How much more than in an undisturbed home the log may grow: what is odd is reported once, in a line. */
const MAX_MORE_BYTES = 1000;
/** The time of an action on a machine that has nothing else to do. */
const MAX_MS = 2000;

/** Of the kinds as many at the same time as there are processors. */
const lanes = Array.from({ length: availableParallelism() }, () => Promise.resolve());

/** Tries one kind in every place, and returns the first cell, that of an undisturbed home, and the others. */
async function tryKind(kind: Kind): Promise<[undisturbed: HostileCell, ...others: HostileCell[]]> {
  const running = await start('hostileHome', [tempDir(), kind]);
  const timer = setTimeout(() => running.kill(), 500_000);
  const { code, stderr } = await running.ended;
  clearTimeout(timer);
  expect({ code, stderr, last: running.lines.at(-1) }).toEqual({
    code: 0,
    stderr: '',
    last: expect.stringMatching(/^\{/),
  });
  const cells = running.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as HostileCell);
  return cells as [HostileCell, ...HostileCell[]];
}

function inTurn<T>(index: number, run: () => Promise<T>): Promise<T> {
  const lane = index % lanes.length;
  const result = (lanes[lane] ?? Promise.resolve()).then(run);
  lanes[lane] = result.then(
    () => undefined,
    () => undefined,
  );
  return result;
}

function canFreeze(): boolean {
  const dir = tempDir();
  const frozen = spawnSync('chattr', ['+i', dir], { stdio: 'ignore' }).status === 0;
  if (frozen) spawnSync('chattr', ['-i', dir]);
  return frozen;
}

const kinds = KINDS.filter((kind) => kind !== 'unremovable' || canFreeze());

describe.concurrent.each(kinds)('%s in the place of each name', (kind) => {
  test('every hook, verb, runner and reader of the extension ends soon, and the block holds', async () => {
    const [undisturbed, ...cells] = await inTurn(kinds.indexOf(kind), () => tryKind(kind));
    expect(undisturbed).toMatchObject({ name: 'nothing', isOutsideSame: true, isRefused: true });
    expect(cells.length).toBeGreaterThan(kind === 'unremovable' ? 30 : NAMES.length - 1);
    const wrong = cells.filter(({ name, slowest, isOutsideSame, isRefused, grownBytes }) => {
      const mayPass = UNKNOWN.includes(name) || isReleased(kind, name) || isAnotherLog(kind, name);
      // a gigabyte is read once to look for a line in it
      const isSlow = slowest.ms > MAX_MS && !isAnotherLog(kind, name);
      const isLong = grownBytes > undisturbed.grownBytes + MAX_MORE_BYTES;
      return isSlow || !isOutsideSame || isLong || (!isRefused && !mayPass);
    });
    expect(wrong).toEqual([]);
  }, 600_000);
});

test('what a session writes in an undisturbed home is less than two kilobytes', async () => {
  const running = await start('hostileHome', [tempDir(), 'folder', 'none']);
  await running.ended;
  const [cell] = running.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as HostileCell);
  expect(cell?.grownBytes).toBeGreaterThan(1000);
  expect(cell?.grownBytes).toBeLessThan(2000);
});

describe('the gate', () => {
  const call = { tool_name: 'Read', tool_input: { file_path: 'a' }, tool_use_id: 't1' };
  const block = { t: 'hook' as const, worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' };

  async function stageWithBlock(): Promise<HookStage> {
    const stage = new HookStage();
    await stage.start();
    stage.publish(block);
    mkdirSync(join(stage.root, 'outside'));
    writeFileSync(join(stage.root, 'outside/precious'), '');
    return stage;
  }
  const pre = (stage: HookStage) =>
    spawnSync(stage.gate, ['PreToolUse', '60'], {
      input: JSON.stringify(stage.payload('PreToolUse', call)),
      env: stage.env,
      encoding: 'utf8',
      timeout: 120_000,
      killSignal: 'SIGKILL',
    });
  const kinds: [name: string, put: (path: string, stage: HookStage) => void][] = [
    ['a pipe', (path) => void execFileSync('mkfifo', [path])],
    ['a file', (path) => writeFileSync(path, 'x')],
    ['a link', (path, stage) => symlinkSync(join(stage.root, 'outside'), path)],
    ['nothing', () => undefined],
  ];

  test.each(kinds)('finds the block with %s in the place of armed/, which is mended', async (_name, put) => {
    const stage = await stageWithBlock();
    const armed = join(stage.dir, 'armed');
    rmSync(armed, { recursive: true });
    put(armed, stage);
    expect(pre(stage)).toMatchObject({ status: 0, stdout: expect.stringContaining('not now') });
    expect(readdirSync(armed)).toContain('PreToolUse');
    expect(readdirSync(join(stage.root, 'outside'))).toEqual(['precious']);
  });

  test.each(kinds.slice(0, 3))(
    'finds the block with %s in the place of the cache or a part of the program',
    async (_name, put) => {
      const stage = await stageWithBlock();
      for (const name of ['cache', 'hooks/programs.cjs', 'logs', 'settings.json']) {
        rmSync(join(stage.home, name), { recursive: true, force: true });
        put(join(stage.home, name), stage);
      }
      expect(pre(stage)).toMatchObject({ status: 0, stdout: expect.stringContaining('not now') });
      expect(readdirSync(join(stage.root, 'outside'))).toEqual(['precious']);
    },
  );

  test.each(['runtime', 'hooks/hook.cjs'])('ends at once with a pipe in the place of %s', async (name) => {
    const stage = await stageWithBlock();
    renameSync(join(stage.home, name), join(stage.home, `${name}.away`));
    execFileSync('mkfifo', [join(stage.home, name)]);
    expect(pre(stage)).toMatchObject({ status: 0, stdout: '', signal: null });
  });

  test('starts no program for what is no flag any more, nor for a flag that was obeyed and cannot be removed', async () => {
    const stage = await stageWithBlock();
    stage.publish({ t: 'unblock', block: 'B1', by: 'W1' });
    writeFileSync(join(stage.dir, 'flags/x'), '');
    pre(stage);
    // its second name among the marks is as old as the mark of a flag that stays
    writeFileSync(join(stage.dir, 'flags/release-B9'), '');
    mkdirSync(join(stage.dir, 'flags-ignored'), { recursive: true });
    writeFileSync(join(stage.dir, 'flags-ignored/release-B9'), '');
    renameSync(join(stage.home, 'hooks/hook.cjs'), join(stage.home, 'hooks/away.cjs'));
    writeFileSync(join(stage.home, 'hooks/hook.cjs'), "process.stdout.write('started')");
    expect(pre(stage)).toMatchObject({ status: 0, stdout: '' });
    execFileSync('touch', ['-d', '@4000000000', join(stage.dir, 'flags/release-B9')]);
    expect(pre(stage)).toMatchObject({ status: 0, stdout: 'started' });
  });
});
