import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { installScript, programsArchive } from '#core/install/remoteInstall.ts';
import { Stage } from '#test/lib/fermata.ts';
import { reachScript, type Reach, type StandIn } from '#test/lib/reachScript.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  stage.install();
});

/** Sets the command of the machine box. */
function reachedBy({ words }: StandIn, program: string): void {
  const start = { box: { command: [...words, program, 'worker', '--stdin'] } };
  writeFileSync(homePaths(stage.home).settings, JSON.stringify({ 'machines.start': start }));
}

const install = (name = 'box') => stage.cli({ FERMATA_WORKER: '' }, 'machines', 'install', name);
const unpacked = (box: StandIn): string[] => readdirSync(at(box)).filter((name) => name.startsWith('installing'));
const at = ({ home }: StandIn, name = ''): string => join(home, '.fermata', name);

describe('fermata machines install', () => {
  test.each<Reach>(['ssh', 'docker', 'kubectl', 'srun'])(
    'puts the programs where %s leads, and they start there',
    async (kind) => {
      const box = reachScript(kind);
      reachedBy(box, at(box, 'bin/fermata'));
      const { code, out, err } = await install();
      expect([code, err]).toEqual([0, '']);
      expect(out).toBe(`Fermata test is in ${at(box)} on box, and workers start there\n`);
      for (const name of ['hooks/gate.sh', 'hooks/bridge.cjs', 'lib/fermata.cjs', 'bin/fermata', 'clients/worker.mjs'])
        expect(readFileSync(at(box, name)), name).toEqual(readFileSync(join(stage.home, name)));
      expect(readFileSync(at(box, 'runtime'), 'utf8')).toBe(`${process.execPath}\n`);
      // for its owner alone, by the first line of the script
      expect(statSync(at(box)).mode & 0o777).toBe(0o700);
      expect(unpacked(box)).toEqual([]);
      // again, over what is there
      expect((await install()).code).toBe(0);
    },
  );

  test('names the command to set where that of the settings does not find it', async () => {
    const box = reachScript('docker');
    reachedBy(box, 'fermata');
    const { code, err } = await install();
    expect(code).toBe(1);
    expect(err).toContain(`Fermata test is in ${at(box)} on box, but fermata does not start there`);
    expect(err).toContain(JSON.stringify([...box.words, at(box, 'bin/fermata'), 'worker', '--stdin']));
  });

  test('names the one that starts instead', async () => {
    const box = reachScript('docker');
    writeFileSync(join(box.bin, 'fermata'), '#!/bin/sh\necho "fermata 0.0.1 is ready in /other"\n');
    chmodSync(join(box.bin, 'fermata'), 0o755);
    reachedBy(box, 'fermata');
    expect((await install()).err).toContain('but fermata starts Fermata 0.0.1 in /other: set');
  });

  test.each([
    ['a machine that is not set', 'tpu9', {}, 'has no machine "tpu9" (it has box)'],
    ['no tar', 'box', { tools: ['sh', 'env', 'mkdir', 'rm', 'mv', 'tail', 'echo'] }, 'box has no tar'],
  ])('is refused: %s', async (_, name, options, words) => {
    const box = reachScript('ssh', options);
    reachedBy(box, 'fermata');
    const { code, err } = await install(name);
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
    expect(existsSync(at(box))).toBe(false);
  });

  test('is refused where the home cannot be made', async () => {
    const box = reachScript('kubectl');
    writeFileSync(at(box), 'a file');
    reachedBy(box, 'fermata');
    const { code, err } = await install();
    expect([code, err]).toEqual([1, expect.stringContaining(`${at(box)} cannot be written on box`)]);
  });

  test.each([
    [['sh', '-c', 'exec fermata worker --stdin'], 'must end with the words'],
    [['fermata', 'worker', '--stdin'], 'must end with the words'],
    [['ssh', 'box', 'run-it', 'worker', '--stdin'], 'must end with the words'],
    [['/nowhere/ssh', 'box', 'fermata', 'worker', '--stdin'], 'could not be reached: /nowhere/ssh is not there'],
    [['false', 'fermata', 'worker', '--stdin'], 'could not be reached (code 1)'],
  ])('is refused with the command %j', async (command, words) => {
    writeFileSync(homePaths(stage.home).settings, JSON.stringify({ 'machines.start': { box: { command } } }));
    const { code, err } = await install();
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
  });

  test('is refused where a program is missing here', async () => {
    const box = reachScript('ssh');
    reachedBy(box, 'fermata');
    rmSync(join(stage.home, 'hooks/runner.cjs'));
    expect((await install()).err).toContain('hooks/runner.cjs is missing');
  });

  const whole = (): number => programsArchive(stage.home).length;
  test.each(
    [false, true].flatMap((kills) =>
      ['nothing', 'a header', 'some', 'half', 'all but the end'].map(
        (part) => [part, kills ? 'killed there' : 'cut', kills] as const,
      ),
    ),
  )('changes nothing where the connection ends after %s: %s', async (part, _, kills) => {
    const size = whole();
    const bytes =
      { nothing: 0, 'a header': 300, some: 700_000, half: size >> 1, 'all but the end': size - 1500 }[part] ?? 0;
    const box = reachScript('ssh', { cut: { bytes, kills } });
    mkdirSync(at(box, 'lib'), { recursive: true });
    writeFileSync(at(box, 'lib/fermata.cjs'), 'before');
    writeFileSync(at(box, 'version'), 'before');
    reachedBy(box, at(box, 'bin/fermata'));
    const { code, err } = await install();
    expect(code).toBe(1);
    expect(err).toMatch(/did not arrive whole at box|the connection to box ended before all was installed/);
    expect(readFileSync(at(box, 'lib/fermata.cjs'), 'utf8')).toBe('before');
    expect(readFileSync(at(box, 'version'), 'utf8')).toBe('before');
    expect(existsSync(at(box, 'hooks'))).toBe(false);
    // what was killed leaves what it had unpacked, which the next installation takes away
    if (!kills) expect(unpacked(box)).toEqual([]);
    reachedBy(reachScript('docker', { home: box.home }), at(box, 'bin/fermata'));
    expect((await install()).code).toBe(0);
    expect(unpacked(box)).toEqual([]);
  });
});

describe('the script that installs', () => {
  const run = (box: StandIn) =>
    spawnSync('sh', ['-c', installScript([])], {
      // a shell that would read the profile of this machine finds the Node here
      env: { HOME: box.home, PATH: box.bin, SHELL: '/bin/false' },
      input: programsArchive(stage.home),
      encoding: 'utf8',
    });

  test('finds no Node', () => {
    const { status, stderr } = run(reachScript('docker', { node: '' }));
    expect([status, stderr]).toEqual([41, expect.stringContaining('fermata-install: /')]);
  });

  test('finds a Node that is too old', () => {
    const old = join(tempDir(), 'node');
    writeFileSync(old, '#!/bin/sh\necho 18\n');
    chmodSync(old, 0o755);
    const box = reachScript('docker', { node: old });
    const { status, stderr } = run(box);
    expect([status, stderr]).toEqual([42, `fermata-install: ${join(box.bin, 'node')} (18)\n`]);
  });
});
