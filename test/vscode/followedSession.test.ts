import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { homePaths, sessionDir, sessionPaths, workerPaths } from '#core/base/paths.ts';
import { readSeat } from '#core/session/seat.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { chooseBy, notification, runCommand } from '#test/lib/workbench.ts';
import { openEditor, pressInToast, toastButton, type Editor } from './editor.ts';
import { openSession } from './openSession.ts';
import { pressAndConfirm } from './pressUntilGone.ts';
import { createSession, type TestSession } from './testSession.ts';

// Two machines with a real server between them: the editor of one of them follows a session of the other one.

const patient = (describe: string) => ({ describe, timeoutMs: 90_000 });
const NAME = 'Fix the rounding';
const OWN = 'session-own';

describe.skipIf(!hasNatsServer)('in a window on another machine', () => {
  let server: NatsServer;
  let laptop: MachineHome;
  let gpu: MachineHome;
  let editor: Editor;
  let own: TestSession;

  const modal = (button: string) => editor.page.locator('.monaco-dialog-box .monaco-button', { hasText: button });

  beforeAll(async () => {
    server = await NatsServer.start();
    laptop = new MachineHome('laptop', server.url, { 'machines.roles': { gpu1: 'person' } });
    gpu = new MachineHome('gpu1', server.url, {
      'machines.start': { laptop: { command: ['sh', '-c', laptop.shell('fermata worker --stdin'), 'sh'] } },
    });
    editor = await openEditor({ home: gpu.root, settings: { 'fermata.notify.block': 'off' } });
  });

  afterAll(async () => {
    await editor?.close();
    await Promise.all([laptop, gpu].map((machine) => machine?.stop()));
    await server?.kill();
    removeTempDirs();
  });

  test('without a server in the settings the person learns what is missing, and where it is explained', async () => {
    const file = homePaths(gpu.home).settings;
    const settings = readFileSync(file, 'utf8');
    writeFileSync(file, '{}');
    await runCommand(editor.page, 'Fermata: Follow a Session of Another Machine…');
    const toast = await notification(editor.page, 'No server is named that connects this machine with others.');
    const explained = editor.page.locator('.tab', { hasText: 'machines.md' });
    await pressInToast(toastButton(toast, 'How It Works'), () => explained.isVisible());
    expect(gpu.bridgePid).toBeUndefined();
    writeFileSync(file, settings);
  });

  test('where no other machine shares a session, the person learns what to do', async () => {
    await runCommand(editor.page, 'Fermata: Follow a Session of Another Machine…');
    const toast = await notification(editor.page, 'No other machine of the space “t” shares a session.');
    expect(await toast.innerText()).toContain('fermata share');
    await toastButton(toast, 'Open Settings').waitFor();
  });

  test('a session of the other machine is picked by its name, and shown under the name of its machine', async () => {
    await laptop.seat();
    laptop.publish({ t: 'prompt', text: NAME }, { t: 'turn', state: 'working' });
    await waitFor(() => gpu.status?.machines.some(({ sessions }) => sessions[0]?.name === NAME), patient('the name'));
    const named = new RegExp(`${NAME}[^]*laptop`);
    await chooseBy(editor.page, 'Fermata: Follow a Session of Another Machine…', named);
    await editor.panel.locator('.session-title', { hasText: NAME }).waitFor({ timeout: 60_000 });
    expect(await editor.panel.locator('.conductor .machine').innerText()).toBe('laptop');
    // neither its hooks nor a terminal of its Claude are here
    await editor.panel.locator('[data-banner]').first().waitFor({ state: 'detached' });
    expect(await editor.panel.locator('[data-action="focus-terminal"]').count()).toBe(0);
    await notification(editor.page, 'fermata.machines.roles calls gpu1 a person');
    await editor.screenshot('vscode-followed');
  });

  test('its log opens as the copy of it, not as what is published here', async () => {
    await runCommand(editor.page, 'Fermata: Open Session Log');
    await editor.page.locator('.tab', { hasText: 'copy.jsonl' }).waitFor();
  });

  test('a click ends a block of that session where its Claude runs', async () => {
    laptop.publish(
      { t: 'spawn', worker: 'W1', task: 'Load' },
      { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'stay' },
      { t: 'denied', block: 'B1', tool: 'Bash', command: 'make' },
    );
    const release = editor.panel.locator('[data-blocks="B1"] [data-action="let-run"]');
    await release.waitFor({ timeout: 60_000 });
    expect(await editor.panel.locator('[data-worker="W1"] .machine').innerText()).toBe('laptop');
    expect(laptop.state.blocks.get('B1')?.ended).toBeUndefined();
    await release.click();
    await waitFor(() => laptop.state.blocks.get('B1')?.ended?.by === 'user', patient('the block to end at the seat'));
    await editor.panel.locator('[data-blocks="B1"] [data-action="let-run"]').waitFor({ state: 'detached' });
  });

  test('the window keeps a bridge running for it: one that is killed is replaced, and lines go on', async () => {
    const before = gpu.bridgePid;
    expect(gpu.signalBridge('SIGKILL')).toBe(true);
    await waitFor(() => gpu.bridgePid !== undefined && gpu.bridgePid !== before, patient('another bridge'));
    laptop.publish({ t: 'log', level: 'warn', message: 'the disk is nearly full', worker: 'W1' });
    await gpu.has(laptop);
  });

  test('the Board has it beside the sessions of this machine', async () => {
    own = createSession(editor.fermataHome, editor.project, OWN);
    await editor.panel.locator('[data-action="show-board"]').click({ timeout: 60_000 });
    const followed = editor.panel.locator(`[data-board="${laptop.session}"]`);
    await followed.locator('.board-name', { hasText: NAME }).waitFor();
    expect(await followed.locator('.machine').innerText()).toBe('laptop');
    expect(await editor.panel.locator(`[data-board="${OWN}"] .machine`).count()).toBe(0);
    await editor.screenshot('vscode-followed-board');
  });

  test('a session of this machine is shared by a command, and the panel names the machines that share it', async () => {
    await openSession(editor.panel, OWN);
    await runCommand(editor.page, 'Fermata: Share Session with Other Machines…');
    await modal('Share').click();
    await waitFor(() => readSeat(own.dir)?.seat === 'gpu1', patient('the session to be shared'));
    await editor.panel.locator('[data-banner="link"]', { hasText: 'Shared with laptop' }).waitFor({ timeout: 60_000 });
    await waitFor(
      () => laptop.status?.machines.some(({ sessions }) => sessions.some(({ session }) => session === OWN)) === true,
      patient('the other machine to hear of it'),
    );
    await editor.screenshot('vscode-shared');
  });

  test('the log of a worker on the other machine opens while it runs, and its output once it has ended', async () => {
    const go = join(laptop.root, 'go');
    const script = `echo "epoch 1"; until [ -e '${go}' ]; do sleep 0.1; done; echo '# Result' >"$FERMATA_OUT/report.md"`;
    await gpu.cli('spawn', '--session', OWN, '--task', 'Evaluate', '--machine', 'laptop', '--', 'sh', '-c', script);
    const evaluate = editor.panel.locator('[data-worker]', { hasText: 'Evaluate' });
    await evaluate.locator('.machine', { hasText: 'laptop' }).waitFor({ timeout: 60_000 });
    await evaluate.and(editor.panel.locator('[data-state="running"]')).waitFor({ timeout: 60_000 });
    await chooseBy(editor.page, 'Fermata: Open Worker Log', 'Evaluate');
    await editor.page.locator('.view-line', { hasText: 'epoch 1' }).first().waitFor({ timeout: 60_000 });
    writeFileSync(go, '');
    await waitFor(() => own.events('exit').some(({ code }) => code === 0), patient('the worker to end'));
    const report = (): boolean => existsSync(join(workerPaths(own.dir, 'W1').out, 'report.md'));
    await waitFor(report, patient('the report at the seat'));
    await chooseBy(editor.page, 'Fermata: Open Worker Output', 'Evaluate');
    await editor.page.locator('.tab', { hasText: 'report.md' }).first().waitFor({ timeout: 60_000 });
    await editor.screenshot('vscode-remote-output');
  });

  test('a worker of the other machine that is not heard any more is given up', async () => {
    await laptop.cli('follow', `${OWN}@gpu1`);
    const there = sessionDir(laptop.home, OWN);
    await waitFor(() => existsSync(sessionPaths(there).copy), patient('the copy'));
    laptop.publishTo(there, { t: 'spawn', worker: 'train', pid: 4711, task: 'Train' });
    const train = editor.panel.locator('[data-worker="train"]');
    await train.locator('.machine', { hasText: 'laptop' }).waitFor({ timeout: 60_000 });
    await laptop.stop();
    // three signs of life are missed
    await train.getByText(/last heard .* ago/).waitFor({ timeout: 120_000 });
    await pressAndConfirm(train, 'abort');
    await train.getByText(/asked to end; laptop not heard for/).waitFor();
    await editor.screenshot('vscode-give-up');
    await pressAndConfirm(train, 'give-up');
    await waitFor(
      () => stateOf(own.dir).workers.get('train')?.endedTs !== undefined,
      patient('the worker to be given up'),
    );
    expect(own.events('exit').filter(({ worker }) => worker === 'train')).toMatchObject([
      { lost: true, reason: expect.stringContaining('laptop') },
    ]);
    await train.and(editor.panel.locator('[data-state="aborted"]')).waitFor();
  });

  test('without the server a row says since when, and that work goes on', async () => {
    await server.kill();
    own.publish({ t: 'log', level: 'info', message: 'alone' });
    const row = editor.panel.locator('[data-banner="link"]');
    await row
      .getByText(/Disconnected from the server since \d\d:\d\d: .*work here goes on/)
      .waitFor({ timeout: 60_000 });
    await row.getByText(/[1-9]\d* lines? of this machine waits?/).waitFor({ timeout: 60_000 });
    await editor.screenshot('vscode-disconnected');
    await server.start();
    await row.getByText('Shared').waitFor({ timeout: 60_000 });
  });

  test('the sharing ends by a command', async () => {
    await runCommand(editor.page, 'Fermata: Stop Sharing Session');
    await waitFor(() => readSeat(own.dir) === undefined, patient('the sharing to end'));
    await editor.panel.locator('[data-banner="link"]').waitFor({ state: 'detached' });
  });
});
