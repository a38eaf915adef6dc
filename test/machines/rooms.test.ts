import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { whyNotDelete } from '#core/session/deletion.ts';
import type { CommandResult } from '#test/lib/fermata.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { StandInClaude } from '#test/lib/standInClaude.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });
const ROOM = 'room-team';

describe.skipIf(!hasNatsServer)('a room', () => {
  let server: NatsServer;
  let machines: MachineHome[];
  const claudes: StandInClaude[] = [];
  const [hub, laptop, gpu] = [0, 1, 2].map((at) => () => machines[at]!) as [
    () => MachineHome,
    () => MachineHome,
    () => MachineHome,
  ];

  beforeEach(async () => {
    server = await NatsServer.start();
    machines = ['hub', 'laptop', 'gpu1'].map((name) => new MachineHome(name, server.url, { 'hold.seconds': 0 }, ROOM));
    expect((await hub().cli('room', 'team')).out).toContain(`joins it with "fermata join ${ROOM}@hub"`);
  });
  afterEach(async () => {
    for (const claude of claudes.splice(0)) claude.end();
    await Promise.all(machines.map((machine) => machine.stop()));
    await server.kill();
  });
  afterAll(removeTempDirs);

  /** A Claude on a machine, which the person there has join the room under that name. */
  async function joined(machine: MachineHome, name: string, room = `${ROOM}@hub`): Promise<StandInClaude> {
    const claude = new StandInClaude(machine, `claude-${name}`);
    claudes.push(claude);
    await claude.hook('SessionStart', { source: 'startup' });
    await machine.cli('join', room, '--session', claude.session, '--as', name);
    return claude;
  }
  const calls = (claude: StandInClaude, ...args: string[]): Promise<CommandResult> =>
    claude.fermata(args, { env: claude.env });
  const member = (name: string) => hub().state.workers.get(name);
  const isUnused = (machine: MachineHome): void =>
    utimesSync(join(homePaths(machine.home).bridgeRun, 'used'), new Date(0), new Date(0));

  test('is where the Claudes of several machines share locks and votes, whoever of them sleeps', async () => {
    const [docs, train] = [await joined(laptop(), 'docs'), await joined(gpu(), 'train')];
    expect([member('docs')?.machine, member('train')?.machine]).toEqual(['laptop', 'gpu1']);
    expect((await calls(docs, 'acquire', 'db')).code).toBe(0);
    expect(await calls(train, 'acquire', 'db')).toMatchObject({ code: 1, err: expect.stringContaining('docs') });
    await calls(docs, 'release', 'db');
    await waitFor(() => hub().state.locks.get('db')?.holders.length !== 1, patient('the release'));
    // the laptop sleeps
    await laptop().stop();
    expect((await calls(train, 'acquire', 'db')).code).toBe(0);
    expect((await calls(train, 'ballot', 'ship', '--question', 'Ship it?', '--quorum', '1')).code).toBe(0);
    expect((await calls(train, 'vote', 'proceed', '--ballot', 'ship')).code).toBe(0);
    expect((await calls(train, 'acquire', 'file:src/a.ts')).code).toBe(0);
    expect(hub().state.ballots.get('ship')?.decided?.decision).toBe('proceed');
    expect(hub().state.locks.get('file:src/a.ts')?.holders).toMatchObject([{ worker: 'train' }]);
    // it wakes, and the lock binds it in its own checkout
    await calls(docs, 'status');
    await laptop().has(hub());
    await waitFor(() => existsSync(join(sessionPaths(laptop().dir).armed, 'PreToolUse')), patient('the arming'));
    const edit = { tool_name: 'Edit', tool_input: { file_path: join(laptop().project, 'src/a.ts') }, tool_use_id: 'e' };
    expect((await docs.hook('PreToolUse', edit)).out).toContain('train');
    await docs.hook('SessionEnd', { reason: 'prompt_input_exit' });
    await waitFor(() => member('docs')?.state === 'done', patient('its end'));
  });

  test('is listed, and open until it is closed: its bridge stays, it is not removed, and it has no Claude', async () => {
    await joined(gpu(), 'train');
    const line = (machine: MachineHome): Promise<string> => machine.cli('room').then(({ out }) => out.trim());
    expect(await line(hub())).toBe(`team  open  on hub  train  [${ROOM}]`);
    expect(await line(gpu())).toBe(`team  open  on hub  train  [${ROOM}]`);
    expect((await hub().cli('status')).out).toMatch(/^team: a room, open/);
    expect(JSON.parse((await hub().cli('status', '--json')).out)).toMatchObject({ live: true });
    expect(whyNotDelete(hub().home, ROOM)).toBe('the room is open; "fermata room team --end" closes it');
    // that long a bridge waits that nothing needs; it looks once a second
    isUnused(hub());
    const bridge = hub().bridgePid;
    await delay(3000);
    expect(hub().bridgePid).toBe(bridge);
    // once more is no other room
    await hub().cli('room', 'team');
    expect((await gpu().run('room', 'team', '--end')).err).toContain('the room team is on hub: only there');
    expect((await gpu().run('room', 'team')).err).toContain('a room team of hub is followed here');
    await hub().cli('room', 'team', '--end');
    await gpu().has(hub());
    expect(await line(hub())).toBe(`team  closed  on hub  train  [${ROOM}]`);
    isUnused(hub());
    await waitFor(() => hub().bridgePid === undefined, patient('the bridge to end'));
    const late = new StandInClaude(gpu(), 'claude-late');
    claudes.push(late);
    await late.hook('SessionStart', { source: 'startup' });
    expect((await gpu().run('join', ROOM, '--session', late.session)).err).toContain(`${ROOM} has ended`);
    // it can be opened again
    await hub().cli('room', 'team');
    expect(await line(hub())).toContain('team  open');
  });

  test('loses a member on its own machine that is killed', async () => {
    const local = await joined(hub(), 'local', ROOM);
    expect((await calls(local, 'acquire', 'db')).code).toBe(0);
    local.end();
    await waitFor(() => member('local')?.state === 'lost', patient('its loss'));
    expect(hub().state.locks.get('db')?.holders ?? []).toEqual([]);
  });
});
