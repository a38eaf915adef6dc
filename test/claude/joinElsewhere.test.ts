import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let server: NatsServer;
let laptop: MachineHome;
let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  await laptop?.stop();
  await server?.kill();
  removeTempDirs();
});

test.skipIf(!hasNatsServer)(
  'a Claude that joined a session of another machine is held, released there with the server gone, and told once',
  async () => {
    server = await NatsServer.start();
    laptop = new MachineHome('laptop', server.url, { 'machines.roles': { gpu1: 'person' } });
    await laptop.seat();
    orchestra = await Orchestra.open(
      (turn): Reply => {
        if (turn.lastToolResults.length > 0) return { text: turn.lastToolResults.map((r) => r.text).join('\n') };
        const file_path = join(orchestra.project, 'x');
        if (turn.lastUserText.includes('edit'))
          return {
            tools: [
              { name: 'Read', input: { file_path } },
              { name: 'Edit', input: { file_path, old_string: 'old', new_string: 'new' } },
            ],
          };
        if (turn.lastUserText.includes('look')) return { tools: [{ name: 'Read', input: { file_path } }] };
        return { text: 'ready' };
      },
      {
        settings: {
          'machines.url': server.url,
          'machines.name': 'gpu1',
          'machines.space': 't',
          'hold.seconds': 50,
        },
        files: { x: 'old\n' },
      },
    );
    const copy = sessionPaths(sessionDir(orchestra.fermataHome, 'session-1'));
    const person = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await orchestra.fermataIn(
        orchestra.env({ FERMATA_HOME: orchestra.fermataHome }),
        ...args,
      );
      expect(code, stderr).toBe(0);
    };
    const hasAll = (): Promise<unknown> =>
      waitFor(() => readFileSync(copy.copy).equals(laptop.bytes), { describe: 'the copy', timeoutMs: 100_000 });
    const session = orchestra.live();
    await session.ask('hello');
    const id = session.sessionId();
    await person('join', 'session-1@laptop', '--session', id, '--as', 'docs');
    expect(laptop.state.workers.get('docs')).toMatchObject({ kind: 'session', session: id, machine: 'gpu1' });

    laptop.publish({ t: 'acquire', worker: 'conductor', resource: 'file:x' });
    await hasAll();
    await waitFor(() => existsSync(join(copy.armed, 'PreToolUse')), { describe: 'the arming', timeoutMs: 100_000 });
    const edited = session.ask('edit it');
    await waitFor(() => laptop.state.blocks.get('B1')?.holding.length === 1, {
      describe: 'the held call at the seat',
      timeoutMs: 100_000,
    });
    await server.kill();
    await person('release-block', 'B1', '--session', 'session-1');
    expect((await edited).result).toContain('has been updated');
    expect(readFileSync(join(orchestra.project, 'x'), 'utf8')).toBe('new\n');
    expect(laptop.state.blocks.get('B1')?.ended).toBeUndefined();

    await server.start();
    await waitFor(() => laptop.state.blocks.get('B1')?.ended?.how === 'release', {
      describe: 'the release at the seat',
      timeoutMs: 100_000,
    });
    laptop.publish({ t: 'tell', by: 'W1', to: 'docs', text: 'the schema has changed' });
    await hasAll();
    await session.ask('look');
    await session.ask('look again');
    expect(orchestra.modelInputs.filter((text) => text.includes('the schema has changed'))).toHaveLength(1);

    await session.end();
    await waitFor(() => laptop.state.workers.get('docs')?.state === 'done', {
      describe: 'its end at the seat',
      timeoutMs: 100_000,
    });
  },
);
