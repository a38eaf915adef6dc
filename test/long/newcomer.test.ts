import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { fenced, pageAt } from '#test/lib/docsPages.ts';
import type { CommandResult } from '#test/lib/fermata.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { hasNatsServer } from '#test/lib/natsServer.ts';
import { Network, whyNoNetwork } from '#test/lib/network.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { commandFolder, hasSshd, SshHost } from '#test/lib/sshHost.ts';
import { processesOf } from '#test/lib/stress/plans.ts';
import { Running } from '#test/lib/stress/program.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// The commands of the guide "A laptop and a GPU box in ten minutes", as they stand there, on two machines with a real sshd.

const canRun = hasNatsServer && hasSshd && whyNoNetwork === undefined;
const patient = (describe: string) => ({ describe, timeoutMs: 60_000 });

const undo: (() => unknown)[] = [];
afterAll(async () => {
  for (const action of undo.toReversed()) await action();
  removeTempDirs();
});

describe.skipIf(!canRun)('a newcomer with a laptop and a GPU box', () => {
  const guide = pageAt('docs/machines.md').text.split('## A laptop and a GPU box in ten minutes')[1]?.split('\n## ')[0];
  const page = { path: '', text: guide ?? '' };
  const [serve = '', reach = '', work = ''] = fenced(page, 'sh');
  const [settings = ''] = fenced(page, 'json');
  const [start = ''] = fenced(pageAt('docs/machines.md'), 'json').filter((block) => block.includes('machines.start'));

  const machine = (name: string): MachineHome => {
    const home = new MachineHome(name, '');
    writeFileSync(homePaths(home.home).settings, '{}');
    return home;
  };
  let laptop: MachineHome;
  let gpu: MachineHome;
  let laptopEnv: Record<string, string>;
  /** A line of a shell on the laptop, in the project. */
  const onLaptop = (line: string): Promise<CommandResult> => {
    const [program, ...args] = [...laptop.prefix, 'sh', '-c', line];
    return new Promise((resolve) =>
      execFile(program, args, { env: laptopEnv, cwd: laptop.project, timeout: 60_000 }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
      ),
    );
  };
  const onGpu = (line: string): Promise<CommandResult> => onLaptop(`ssh gpu1 ${JSON.stringify(line)}`);
  const background = (line: string): Running => {
    const [program, ...args] = [...laptop.prefix, 'sh', '-c', `exec ${line}`];
    const running = new Running(program, args, { env: laptopEnv, cwd: laptop.project, input: true });
    undo.push(async () => {
      running.kill();
      await running.ended;
    });
    return running;
  };
  let tunnel: Running;
  let openTunnel: () => Running;

  test('has a session of the laptop on the GPU box, by the commands of the guide', async () => {
    const network = new Network();
    undo.push(() => network.close());
    [laptop, gpu] = [machine('laptop'), machine('gpu1')];
    const host = network.add('gpu1');
    laptop.prefix = network.add('laptop').prefix;
    gpu.prefix = host.prefix;
    const sshd = new SshHost(gpu, host);
    undo.push(() => sshd.close());
    const commands = commandFolder(laptop);
    sshd.knownTo(commands);
    laptopEnv = cleanEnv(laptop.root, {});
    laptopEnv['PATH'] = `${commands}:${laptopEnv['PATH'] ?? ''}:/usr/sbin`;
    undo.push(() => Promise.all([laptop, gpu].map((each) => each.stop())));
    // Claude Code is started in the project
    const { session, project } = laptop;
    const started = { session_id: session, hook_event_name: 'SessionStart', cwd: project, source: 'startup' };
    const payload = join(laptop.root, 'payload.json');
    writeFileSync(payload, JSON.stringify(started));
    const gate = join(laptop.home, 'hooks/gate.sh');
    const variables = `CLAUDE_CODE_SESSION_ID=${session} CLAUDE_PROJECT_DIR=${project}`;
    // a process that stays stands for it
    const claude = background(
      `env ${variables} sh -c '${gate} SessionStart 60 <${payload}; echo "started $?"; read -r _'`,
    );
    await waitFor(() => claude.lines.includes('started 0'), patient('the session to start'));

    const server = background(serve.trim());
    await waitFor(() => server.lines.some((line) => line.includes('serves the space')), patient('the server'));
    const [copy = '', connect = ''] = reach.trim().split('\n');
    await waitFor(async () => (await onLaptop(copy)).code === 0, patient('the credentials on gpu1'));
    openTunnel = () => background(connect);
    tunnel = openTunnel();
    expect((await onLaptop(`ssh gpu1 'cat >.fermata/settings.json' <<'EOT'\n${settings}EOT`)).code).toBe(0);
    for (const on of [onLaptop, onGpu])
      await waitFor(
        async () => (await on('fermata machines test')).out.includes('works: nats-server'),
        patient('the test'),
      );

    const [share = '', follow = '', progress = ''] = work
      .trim()
      .split('\n')
      .map((line) => line.replace(/ +#.*/, ''));
    const shared = await onLaptop(share);

    const [, named = ''] = /(\S+@\S+)/.exec(shared.out) ?? [];
    expect(shared.out, shared.err).toContain(`${laptop.session}@`);
    expect(await onGpu(follow.replace('SESSION@laptop', named.replace(/[."]+$/, '')))).toMatchObject({ code: 0 });
    expect(await onGpu(progress.replace('SESSION', laptop.session))).toMatchObject({ code: 0 });
    await waitFor(() => laptop.state.workers.get('train')?.progress?.pct === 40, patient('the worker on the laptop'));
    await gpu.has(laptop);
  });

  test('runs workers there by ssh, whose connection is cut at any step', async () => {
    const { settings: file } = homePaths(laptop.home);
    const known = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const { gpu1 } = (JSON.parse(start) as { 'machines.start': Record<string, object> })['machines.start'];
    mkdirSync(join(gpu.root, 'data'));
    writeFileSync(
      file,
      JSON.stringify({ ...known, 'machines.start': { gpu1: { ...gpu1, cwd: join(gpu.root, 'data') } } }),
    );
    const cuts = [undefined, 0, 150, 400, 900, 1500, 2500];
    for (const [n, cutMs] of cuts.entries()) {
      const id = `W${n + 1}`;
      const about = `${id}, cut after ${cutMs} ms`;
      const command = `sh -c 'echo run >>ran-${id}; sleep 2; fermata done --result ${id}'`;
      const spawned = await onLaptop(
        `fermata spawn --session ${laptop.session} --machine gpu1 --task Train -- ${command}`,
      );
      expect(spawned.code, spawned.err).toBe(0);
      if (cutMs !== undefined) {
        await delay(cutMs);
        // the connection of this worker, by its process
        const connections = processesOf(laptop.home).filter(({ command }) =>
          /^\/usr\/bin\/ssh .* worker/.test(command),
        );
        for (const { pid } of connections) process.kill(pid, 'SIGKILL');
      }
      const ended = await waitFor(
        () => {
          const worker = laptop.state.workers.get(id);
          return worker?.endedTs === undefined ? undefined : worker;
        },
        patient(`${about}: its end`),
      );
      const ran = (): number => {
        const path = join(gpu.root, 'data', `ran-${id}`);
        return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
      };
      if (ended.state === 'failed')
        expect([about, ended.problem]).toEqual([about, expect.stringContaining('could not be started on gpu1')]);
      else expect([about, ended.state, ended.lastMessage, ran()]).toEqual([about, 'done', id, 1]);
      expect(ran(), about).toBeLessThanOrEqual(1);
      expect(eventsOf(laptop.dir, 'exit').filter(({ worker }) => worker === id).length, about).toBe(1);
    }
    const states = [...laptop.state.workers.values()].map(({ state }) => state);
    expect(states.filter((state) => state === 'done').length).toBeGreaterThanOrEqual(4);
  });

  test('goes on where the tunnel breaks and is opened again', async () => {
    tunnel.kill();
    await tunnel.ended;
    gpu.publish({ t: 'progress', worker: 'train', pct: 80 });
    tunnel = openTunnel();
    await waitFor(() => laptop.state.workers.get('train')?.progress?.pct === 80, patient('the words after the break'));
  });
});
