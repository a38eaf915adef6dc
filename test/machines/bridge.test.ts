import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { runBridge } from '#bridge/bridge.ts';
import { homePaths } from '#core/base/paths.ts';
import { readBridgeStatus } from '#core/machines/bridgeStatus.ts';
import { bridgeProcess, noteUse } from '#core/machines/ensureBridge.ts';
import { readSeat } from '#core/session/seat.ts';
import { Stage } from '#test/lib/fermata.ts';
import { runGate } from '#test/lib/hookStage.ts';
import { freePort, hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const stops: AbortController[] = [];
const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });

afterEach(() => {
  vi.unstubAllEnvs();
  for (const each of stops.splice(0)) each.abort();
});
afterAll(removeTempDirs);

/** Runs the bridge of a stage in this process. */
function bridge(
  stage: Stage,
  more: { stay?: boolean; unusedMs?: number } = {},
): { ended: Promise<boolean>; stop: () => void } {
  const stop = new AbortController();
  stops.push(stop);
  noteUse(stage.home, Date.now());
  return { ended: runBridge({ home: stage.home, stay: false, ...more }, stop.signal), stop: () => stop.abort() };
}

/** A stage whose server is not there: the bridge waits for it. */
async function unreached(settings: Record<string, unknown> = {}): Promise<Stage> {
  return new Stage({ 'machines.url': `nats://127.0.0.1:${await freePort()}`, 'machines.name': 'laptop', ...settings });
}

const status = (stage: Stage) => readBridgeStatus(stage.home);

test('it ends where nothing has needed it for a while, and leaves its claim', async () => {
  const stage = await unreached();
  const { ended } = bridge(stage, { unusedMs: 6000 });
  // until then something needs it
  const problem = (): string | undefined => (noteUse(stage.home, Date.now()), status(stage)?.problem);
  await waitFor(problem, patient('the problem to be written'));
  expect(status(stage)).toMatchObject({ name: 'laptop', connected: false });
  expect(status(stage)?.problem).toMatch(/^nobody answers at nats:/);
  expect(bridgeProcess(stage.home).isAlive(Date.now())).toBe(true);
  expect(await ended).toBe(true);
  expect(bridgeProcess(stage.home).isAlive(Date.now())).toBe(false);
});

test('of two one is the bridge, and the other one ends at once', async () => {
  const stage = await unreached();
  const first = bridge(stage, { stay: true });
  await waitFor(() => bridgeProcess(stage.home).isAlive(Date.now()), patient('the first bridge'));
  expect(await bridge(stage).ended).toBe(false);
  first.stop();
  expect(await first.ended).toBe(true);
});

test('it ends where the settings change, so that the next one has the new ones', async () => {
  const stage = await unreached();
  const { ended } = bridge(stage, { stay: true });
  await waitFor(() => status(stage), patient('its status'));
  const { settings } = homePaths(stage.home);
  const values = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>;
  writeFileSync(settings, JSON.stringify({ ...values, 'machines.space': 'other' }));
  expect(await ended).toBe(true);
});

test('it ends where the credentials change, also in a file below the folder of the person', async () => {
  const stage = await unreached({ 'machines.creds': '~/machine.creds' });
  vi.stubEnv('HOME', stage.root);
  const { ended } = bridge(stage, { stay: true });
  await waitFor(() => status(stage)?.problem, patient('the problem'));
  expect(status(stage)?.problem).toContain('machine.creds is not there');
  writeFileSync(join(stage.root, 'machine.creds'), 'token: t\n', { mode: 0o600 });
  expect(await ended).toBe(true);
});

test('it ends where it was needed last at a time that is yet to come: the clock was set back', async () => {
  const stage = await unreached();
  const { ended } = bridge(stage, { unusedMs: 2000 });
  noteUse(stage.home, Date.now() + 86_400_000);
  expect(await ended).toBe(true);
});

test('once a setting is corrected, "fermata machines" has what comes of it, and not what was before', async () => {
  const stage = await unreached();
  stage.install();
  const { settings } = homePaths(stage.home);
  const first = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>;
  expect((await stage.cli('', 'machines')).out).toContain(`nobody answers at ${String(first['machines.url'])}`);
  const url = `nats://127.0.0.1:${await freePort()}`;
  writeFileSync(settings, JSON.stringify({ ...first, 'machines.url': url }));
  expect((await stage.cli('', 'machines')).out).toContain(`nobody answers at ${url}`);
  writeFileSync(settings, '{}');
  await waitFor(() => !bridgeProcess(stage.home).isAlive(Date.now()), patient('the bridge to end'));
});

test('without a server it ends at once, and a wrong setting is written down', async () => {
  expect(await bridge(new Stage()).ended).toBe(true);
  const stage = await unreached({ 'machines.url': 'nats://example.org' });
  bridge(stage);
  await waitFor(() => status(stage)?.problem, patient('the problem'));
  expect(status(stage)?.problem).toContain('is another machine, and nats:// is not encrypted');
  const secret = await unreached({ 'machines.url': 'nats://me:secret@127.0.0.1' });
  bridge(secret);
  await waitFor(() => status(secret)?.problem, patient('the problem'));
  expect(JSON.stringify(status(secret))).not.toContain('secret');
});

describe('a hook at the start of a session', () => {
  const start = async (stage: Stage): Promise<void> => {
    const payload = {
      session_id: stage.session,
      hook_event_name: 'SessionStart',
      cwd: stage.project,
      source: 'startup',
    };
    const env = stage.env({ CLAUDE_CODE_SESSION_ID: stage.session, CLAUDE_PROJECT_DIR: stage.project });
    expect(await runGate(stage.home, ['SessionStart'], payload, { cwd: stage.project, env })).toMatchObject({
      code: 0,
    });
  };
  const traces = (stage: Stage): string[] =>
    ['bridge', 'bridge.json', 'server'].filter((name) => existsSync(join(stage.home, name)));

  test('makes nothing of other machines without a server, whatever else is set', async () => {
    const stage = new Stage({ 'machines.share': 'all' });
    stage.install();
    await start(stage);
    expect(readSeat(stage.dir)).toBeUndefined();
    expect(traces(stage)).toEqual([]);
  });

  test('nor for a session that is not shared', async () => {
    const stage = await unreached();
    stage.install();
    await start(stage);
    expect(traces(stage)).toEqual([]);
  });

  test.skipIf(!hasNatsServer)(
    'with "all" it shares the session, and starts the bridge, which reaches the server',
    async () => {
      const server = await NatsServer.start();
      const stage = new Stage({ 'machines.url': server.url, 'machines.name': 'laptop', 'machines.share': 'all' });
      stage.install();
      await start(stage);
      expect(readSeat(stage.dir)).toMatchObject({ seat: 'laptop', machine: 'laptop', space: 'default' });
      const connected = await waitFor(
        () => (status(stage)?.connected === true ? status(stage) : undefined),
        patient('a connection'),
      );
      await waitFor(() => status(stage)?.sessions[0], patient('the session to be carried'));
      process.kill(connected.pid, 'SIGTERM');
      await waitFor(() => !bridgeProcess(stage.home).isAlive(Date.now()), patient('the bridge to end'));
      await server.kill();
    },
  );
});
