import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { cliProgram, Stage } from '#test/lib/fermata.ts';
import { freePort, hasNatsServer, serverPath } from '#test/lib/natsServer.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const running: ChildProcess[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});
afterAll(removeTempDirs);

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });

/** Runs `fermata machines serve` until the test ends; resolves with what it printed first. */
async function serve(stage: Stage, ...args: string[]): Promise<{ output: () => string; child: ChildProcess }> {
  const env = { ...stage.env({ FERMATA_SESSION_DIR: '' }), PATH: serverPath.PATH };
  const child = spawn(process.execPath, [cliProgram, 'machines', 'serve', ...args], { env, cwd: stage.project });
  running.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await waitFor(() => output.includes('\n'), patient('serve to print'));
  return { output: () => output, child };
}

describe.skipIf(!hasNatsServer)('fermata machines serve', () => {
  test('runs a server that this machine can use at once, and another one with its own password', async () => {
    const stage = new Stage({ 'machines.name': 'laptop' });
    stage.install();
    const port = String(await freePort());
    const { output } = await serve(stage, 'gpu1', '--port', port);
    expect(output()).toContain(`serves the space "default" at nats://127.0.0.1:${port}`);
    expect(output()).toContain('set for this machine, laptop: fermata.machines.url, fermata.machines.creds');
    const served = homePaths(stage.home).served;
    for (const name of ['nats.conf', 'machines.json', 'laptop.creds', 'gpu1.creds'])
      expect(statSync(join(served, name)).mode & 0o777, name).toBe(0o600);
    const works = await waitFor(async () => {
      const { code, out } = await stage.cli('', 'machines', 'test');
      return code === 0 && out;
    }, patient('the server to work'));
    expect(works).toMatch(/works: nats-server 2\.\d+\.\d+, \d+ ms to it and back; the stream keeps what is sent/);
    const other = new Stage({
      'machines.name': 'gpu1',
      'machines.url': `nats://127.0.0.1:${port}`,
      'machines.creds': join(served, 'gpu1.creds'),
    });
    other.install();
    expect(await other.cli('', 'machines', 'test')).toMatchObject({ code: 0 });
    // a password is of one machine: under its name nobody speaks as another
    const thief = new Stage({
      ...JSON.parse(readFileSync(homePaths(other.home).settings, 'utf8')),
      'machines.name': 'laptop',
    });
    thief.install();
    const refused = await thief.cli('', 'machines', 'test');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('are its credentials for another name than fermata.machines.name');
  });

  test('passwords stay when it is called again, also of machines that are not named', async () => {
    const stage = new Stage({ 'machines.name': 'laptop' });
    stage.install();
    const port = String(await freePort());
    const file = join(homePaths(stage.home).served, 'machines.json');
    const first = await serve(stage, 'gpu1', '--port', port);
    const before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    first.child.kill('SIGTERM');
    await once(first.child, 'exit');
    await serve(stage, 'build1', '--port', port);
    const after = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    expect(Object.keys(after)).toEqual(['laptop', 'gpu1', 'build1']);
    expect(after).toMatchObject(before);
    expect(new Set(Object.values(after)).size).toBe(3);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ends with its server at %s, which is no failure',
    async (signal) => {
      const stage = new Stage();
      stage.install();
      const port = await freePort();
      const { child, output } = await serve(stage, '--port', String(port));
      await waitFor(async () => (await stage.cli('', 'machines', 'test')).code === 0, patient('the server to work'));
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
      expect(output()).not.toContain('another program');
      const again = createServer().listen(port, '127.0.0.1');
      await once(again, 'listening');
      again.close();
    },
  );

  test('at another port than the settings have it names what to set, and a name that cannot be one', async () => {
    const stage = new Stage({ 'machines.name': 'laptop', 'machines.url': 'nats://127.0.0.1:1' });
    stage.install();
    const port = String(await freePort());
    const { output } = await serve(stage, '--port', port);
    expect(output()).toContain(
      `fermata.machines.url has another value: this machine, laptop, uses this server once that is nats://127.0.0.1:${port}`,
    );
    expect(output()).not.toContain('fermata.machines.creds has another value');
    expect((await stage.cli('', 'machines', 'serve', 'büro')).err).toContain(
      'it may have letters, digits, "-" and "_"',
    );
  });

  test('a port that is taken is named, and where the log is', async () => {
    const stage = new Stage();
    stage.install();
    const port = String(await freePort());
    await serve(stage, '--port', port);
    await waitFor(async () => (await stage.cli('', 'machines', 'test')).code === 0, patient('the first server'));
    const second = await stage.cli('', 'machines', 'serve', '--port', port);
    expect(second.code).toBe(1);
    expect(second.err).toContain(`is another program at port ${port}? See `);
  });
});

test.skipIf(hasNatsServer)('without nats-server it tells where to get one', async () => {
  const stage = new Stage();
  expect(await stage.cli('', 'machines', 'serve')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no nats-server is on this machine: install it') as string,
  });
});

test('Claude cannot share a session, follow one, or run a server', async () => {
  const stage = new Stage({ 'machines.url': 'nats://127.0.0.1:1' });
  for (const args of [
    ['share'],
    ['unshare'],
    ['follow', 'S1@laptop'],
    ['unfollow', 'S1'],
    ['machines', 'serve'],
    ['bridge'],
  ])
    expect((await stage.cli({ CLAUDECODE: '1' }, ...args)).err, args.join(' ')).toContain('only a person may');
});

test('without a server every verb says what to do', async () => {
  const stage = new Stage();
  for (const args of [['share'], ['follow', 'S1@laptop'], ['machines'], ['machines', 'test'], ['bridge']])
    expect((await stage.cli('', ...args)).err, args.join(' ')).toContain(
      'no server is named: "fermata machines serve"',
    );
});

test('a wrong setting is named where it is needed', async () => {
  const stage = new Stage({ 'machines.url': 'nats://example.org' });
  stage.install();
  const expected = '"nats://example.org" is another machine, and nats:// is not encrypted: use tls://';
  for (const args of [['share'], ['machines', 'test']])
    expect((await stage.cli('', ...args)).err, args.join(' ')).toContain(expected);
  expect((await stage.cli('', 'doctor')).out).toContain(`Other machines are not reached: ${expected}`);
});
