import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { raiseAnswer } from '#core/session/flags.ts';
import { publish } from '#core/session/publish.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { StandInClaude } from '#test/lib/standInClaude.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });
const OWN = 'claude-on-gpu1';

describe.skipIf(!hasNatsServer)('a Claude that joins a session of another machine', () => {
  let server: NatsServer;
  let laptop: MachineHome;
  let gpu: MachineHome;
  let claude: StandInClaude;

  beforeEach(async () => {
    server = await NatsServer.start();
    laptop = new MachineHome('laptop', server.url, { 'machines.roles': { gpu1: 'person' } });
    gpu = new MachineHome('gpu1', server.url, { 'hold.seconds': 0 });
    await laptop.seat();
    claude = new StandInClaude(gpu, OWN);
    await fired('SessionStart', { source: 'startup' });
  });
  afterEach(async () => {
    claude.end();
    await Promise.all([laptop, gpu].map((machine) => machine.stop()));
    await server.kill();
    expect(errors()).toBe('');
  });
  afterAll(removeTempDirs);

  const errors = (): string => {
    const log = join(homePaths(gpu.home).logs, 'hook.log');
    return existsSync(log) ? readFileSync(log, 'utf8') : '';
  };
  /** Fires a hook of this Claude; what it prints, parsed. */
  async function fired(event: string, more: object = {}): Promise<Record<string, unknown>> {
    const { code, out, err } = await claude.hook(event, more);
    if (code !== 0 || err !== '') throw new Error(`${event}: ${code} ${err}`);
    return out === '' ? {} : (JSON.parse(out) as Record<string, unknown>);
  }
  const edits = (file: string) =>
    fired('PreToolUse', {
      tool_name: 'Edit',
      tool_input: { file_path: join(gpu.project, file) },
      tool_use_id: `edit-${file}`,
    });
  const refusal = async (file: string): Promise<string | undefined> => {
    const { hookSpecificOutput: output } = await edits(file);
    return (output as { permissionDecisionReason?: string } | undefined)?.permissionDecisionReason;
  };
  const joins = (...more: string[]) => gpu.cli('join', 'session-1@laptop', '--session', OWN, ...more);
  const docs = () => laptop.state.workers.get('docs');
  const armed = (event = 'PreToolUse'): boolean => existsSync(join(sessionPaths(gpu.dir).armed, event));
  /** Claude at the seat locks the file `x` of the project. */
  async function lockX(): Promise<void> {
    laptop.publish({ t: 'acquire', worker: 'conductor', resource: 'file:x' });
    await gpu.has(laptop);
    await waitFor(armed, patient('the copy to be armed'));
  }
  /** The seat lets gpu1 publish what workers do, and no more. */
  async function makeNoPerson(): Promise<void> {
    settings(laptop);
    await laptop.restartBridge();
  }
  const settings = ({ name, home }: MachineHome, more: object = {}): void =>
    writeFileSync(
      homePaths(home).settings,
      JSON.stringify({ 'machines.url': server.url, 'machines.name': name, 'machines.space': 't', ...more }),
    );
  const ownDir = (): string => sessionDir(gpu.home, OWN);

  test('is a worker there: a lock of the seat holds it in its own checkout, and it gives everything back at its end', async () => {
    expect((await joins('--as', 'docs')).out).toContain(`${OWN} is docs of session-1@laptop now`);
    expect(docs()).toMatchObject({ kind: 'session', session: OWN, machine: 'gpu1', state: 'running' });
    expect(readFileSync(ownDir(), 'utf8')).toBe('session-1\n');
    await lockX();
    expect(await refusal('x')).toContain('conductor');
    expect(await refusal('y')).toBeUndefined();
    // what it locks itself is named by its own checkout, and binds the others in theirs
    const acquired = await claude.fermata(['acquire', 'file:y'], { env: claude.env });
    expect(acquired).toMatchObject({ code: 0 });
    expect(laptop.state.locks.get('file:y')?.holders).toMatchObject([{ worker: 'docs' }]);
    expect(await refusal('y')).toBeUndefined();
    laptop.publish({ t: 'checkpoint', worker: 'W1', name: 'ready' });
    await gpu.has(laptop);
    const waits = claude.fermata(['wait', 'checkpoint:ready', '--timeout', '60s'], { env: claude.env });
    await claude.fermata(['checkpoint', 'ready'], { env: claude.env });
    expect((await waits).code).toBe(0);
    await fired('SessionEnd', { reason: 'prompt_input_exit' });
    await waitFor(() => docs()?.state === 'done', patient('its end at the seat'));
    expect(laptop.state.locks.get('file:y')?.holders ?? []).toEqual([]);
    expect(lstatSync(ownDir()).isDirectory()).toBe(true);
    expect(eventsOf(ownDir()).at(-1)).toMatchObject({ t: 'end', reason: 'joined' });
  });

  test('is released by the person there with the server gone, and the seat is told once it is back', async () => {
    await gpu.cli('follow', 'session-1@laptop');
    await gpu.cli('join', 'session-1', '--session', OWN, '--as', 'docs');
    await lockX();
    expect(await refusal('x')).toContain('B1');
    await server.kill();
    expect(await refusal('x')).toContain('B1');
    await gpu.cli('release-block', 'B1');
    for (let time = 0; time < 3; time++) expect(await refusal('x')).toBeUndefined();
    expect(laptop.state.blocks.get('B1')?.ended).toBeUndefined();
    await server.start();
    await waitFor(() => laptop.state.blocks.get('B1')?.ended, patient('the release at the seat'));
    await gpu.has(laptop);
    await waitFor(() => gpu.state.blocks.get('B1')?.ended, patient('the release in the copy'));
    expect(eventsOf(laptop.dir, 'unblock')).toMatchObject([{ block: 'B1', by: 'user', via: expect.any(String) }]);
    expect(await refusal('x')).toBeUndefined();
  });

  test('a call that is held goes on when the person releases it there, with the server gone', async () => {
    settings(gpu, { 'hold.seconds': 50 });
    await joins('--as', 'docs');
    await lockX();
    const held = refusal('x');
    await waitFor(() => laptop.state.blocks.get('B1')?.holding.length === 1, patient('the hold at the seat'));
    await server.kill();
    await gpu.cli('release-block', 'B1');
    expect(await held).toBeUndefined();
  });

  test('a release counts there until the seat has refused it, from a machine that is no person’s', async () => {
    await makeNoPerson();
    await joins('--as', 'docs');
    await lockX();
    await server.kill();
    await gpu.cli('release-block', 'B1');
    expect(await refusal('x')).toBeUndefined();
    // in the copy the block stands
    expect(armed()).toBe(true);
    await server.start();
    await waitFor(
      () => eventsOf(laptop.dir, 'log').some(({ message }) => /gpu1.*unblock as user/.test(String(message))),
      patient('the refusal'),
    );
    await waitFor(async () => (await refusal('x'))?.includes('B1'), patient('the block to hold again'));
    expect(armed()).toBe(true);
  });

  test('that has edited a file just as another took its lock is reported to the person', async () => {
    await joins('--as', 'docs');
    const call = { tool_name: 'Edit', tool_input: { file_path: join(gpu.project, 'x') }, tool_use_id: 'e' };
    await fired('PreToolUse', call);
    await lockX();
    await fired('PostToolUse', { ...call, tool_response: {} });
    const message = 'docs edited x although conductor holds it (B1): the lock had not come to this machine yet';
    await waitFor(() => eventsOf(laptop.dir, 'log').some((log) => log['message'] === message), patient('the warning'));
  });

  test('publishes nothing that is only the seat’s to know, and its permissions are closed', async () => {
    await makeNoPerson();
    await joins('--as', 'docs');
    laptop.publish(
      { t: 'plan', run: 'R1', sha256: 'a'.repeat(64), workers: [{ worker: 'W5' }] },
      { t: 'watch', worker: 'W1' },
    );
    await gpu.has(laptop);
    await waitFor(armed, patient('the copy to be armed'));
    const call = { tool_name: 'Bash', tool_input: { command: 'ls' }, tool_use_id: 'ls' };
    await fired('UserPromptSubmit', { prompt: 'go' });
    await fired('PreToolUse', call);
    await fired('PermissionRequest', call);
    await waitFor(() => laptop.state.asks.size === 1, patient('the request at the seat'));
    await gpu.has(laptop);
    await fired('PostToolUse', { ...call, tool_response: {} });
    await fired('Stop');
    await waitFor(() => eventsOf(laptop.dir, 'answer').length > 0, patient('the answer at the seat'));
    await gpu.has(laptop);
    expect(laptop.state.asks.size).toBe(0);
    expect(eventsOf(laptop.dir, 'tool')).toMatchObject([{ agent: 'docs' }]);
    expect(eventsOf(laptop.dir, 'plan')).toHaveLength(1);
    expect(eventsOf(laptop.dir, 'turn')).toEqual([]);
    expect(eventsOf(laptop.dir, 'log').filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('is told once what is for it, also where the server is gone for a while', async () => {
    await joins('--as', 'docs');
    await server.kill();
    laptop.publish({ t: 'tell', by: 'W1', to: 'docs', text: 'the schema has changed' });
    const call = { tool_name: 'Read', tool_input: { file_path: '/x' }, tool_use_id: 'r', tool_response: {} };
    const told = async (): Promise<boolean> => JSON.stringify(await fired('PostToolUse', call)).includes('the schema');
    expect(await told()).toBe(false);
    await server.start();
    await gpu.has(laptop);
    // one that arrives, and whose confirmation is lost for a while
    await waitFor(told, patient('the message'));
    await server.kill();
    expect(await told()).toBe(false);
    await server.start();
    await waitFor(() => eventsOf(laptop.dir, 'delivered').some(({ not }) => not !== true), patient('the confirmation'));
    expect(await told()).toBe(false);
  });

  test('that is killed is lost at the seat, and its session is itself again when it is resumed', async () => {
    await joins('--as', 'docs');
    claude.end();
    await waitFor(() => docs()?.state === 'lost', patient('its loss at the seat'));
    await gpu.has(laptop);
    claude = new StandInClaude(gpu, OWN);
    await fired('SessionStart', { source: 'resume' });
    expect(lstatSync(ownDir()).isDirectory()).toBe(true);
  });

  test('and the person there answers what the Claude of the seat asks for', async () => {
    await gpu.follow(laptop);
    writeFileSync(
      homePaths(laptop.home).settings,
      JSON.stringify({ ...JSON.parse(readFileSync(homePaths(laptop.home).settings, 'utf8')), permissions: 'answer' }),
    );
    const conductor = new StandInClaude(laptop, laptop.session);
    try {
      const call = { tool_name: 'Bash', tool_input: { command: 'rm -r build' }, tool_use_id: 'rm' };
      const answered = conductor.hook('PermissionRequest', call);
      const ask = await waitFor(() => [...gpu.state.asks.keys()][0], patient('the request on the copy'));
      raiseAnswer(gpu.dir, ask, { decision: 'deny', comment: 'Not while the nightly build runs' });
      expect(JSON.stringify(JSON.parse((await answered).out))).toContain('Not while the nightly build runs');
      await gpu.has(laptop);
      expect(gpu.state.asks.size).toBe(0);
      expect(eventsOf(laptop.dir, 'answer')).toMatchObject([{ ask, decision: 'deny', by: 'user' }]);
    } finally {
      conductor.end();
    }
  });

  test('cannot join where the seat does not answer, under a name that is taken, or one that has ended', async () => {
    await gpu.cli('follow', 'session-1@laptop');
    await gpu.has(laptop);
    await laptop.stop();
    laptop.publish({ t: 'spawn', worker: 'docs', kind: 'session' });
    const failed = await gpu.run('join', 'session-1', '--session', OWN, '--as', 'docs');
    expect(failed).toMatchObject({ code: 1, err: expect.stringContaining('laptop did not answer in time') });
    expect(lstatSync(ownDir()).isDirectory()).toBe(true);
    // its outbox has the request and its end, so a seat that is back later has no worker of it
    expect(eventsOf(gpu.dir).map(({ t }) => t)).toEqual(['spawn', 'exit']);
    await laptop.cli('status');
    await waitFor(() => gpu.state.workers.has('docs'), patient('the one that was there first'));
    const taken = await gpu.run('join', 'session-1', '--session', OWN, '--as', 'docs');
    expect(taken.err).toContain('there is a worker docs already');
    publish(laptop.dir, Date.now(), { t: 'end', reason: 'logout' });
    await gpu.has(laptop);
    expect((await gpu.run('join', 'session-1', '--session', OWN)).err).toContain('session-1 has ended');
    expect((await claude.fermata(['join', 'session-2@laptop'], { env: claude.env })).err).toContain(
      'only a person may follow a session of another machine',
    );
    expect(stateOf(ownDir()).workers.size).toBe(0);
  });
});
