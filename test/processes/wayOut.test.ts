import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { publish } from '#core/session/publish.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const BLOCK = { t: 'hook' as const, worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' };
const bash = (command: string) => ({ tool_name: 'Bash', tool_input: { command }, tool_use_id: 't1' });

/** A session with a block of every call, in a home of this name, and the way out that a refusal names. */
async function blocked(folder: string) {
  const stage = new HookStage({ 'hold.seconds': 0 }, folder);
  const { home } = stage;
  const installed = installRuntime({
    home,
    distDir: join(repoRoot, 'dist'),
    nodePath: process.execPath,
    version: 'test',
  });
  expect(installed).toMatchObject({ ok: true });
  await stage.start();
  publish(stage.dir, Date.now(), BLOCK);
  const { stdout } = await stage.fire('PreToolUse', bash('ls'));
  const way = /to wait for it: (.*)\]/.exec(
    (JSON.parse(stdout) as Reply).hookSpecificOutput.permissionDecisionReason,
  )?.[1];
  const decide = async (command: string): Promise<string> =>
    (JSON.parse((await stage.fire('PreToolUse', bash(command))).stdout) as Reply).hookSpecificOutput.permissionDecision;
  return { stage, way: way ?? '', decide };
}
interface Reply {
  hookSpecificOutput: { permissionDecision: string; permissionDecisionReason: string };
}

test.each([
  'plain',
  'Jo Doe',
  "it's",
  'a&b',
  'a$b',
  'a`b`',
  'a"b',
  'a;b',
  'a(b)',
  'a\\b',
  'a*b',
  '~',
  '#x',
  'a\u00a0b',
  'ünï çødé',
  '-x',
  'a  b',
  '!x',
])(
  'in a home named %j the way out that a refusal names is let through, and runs as it stands in a shell',
  async (folder) => {
    const { stage, way, decide } = await blocked(folder);
    expect(await decide(`${way} --timeout 1s`)).toBe('allow');
    for (const shell of ['sh', 'bash']) {
      const env = { ...stage.env, CLAUDECODE: '1', FERMATA_HOME: stage.home, FERMATA_SESSION_DIR: stage.dir };
      const { status, stderr } = spawnSync(shell, ['-c', `${way} --timeout 100ms`], {
        cwd: dirname(stage.home),
        env,
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([4, expect.any(String)]);
    }
  },
);

test('exactly the command that was meant is exempt', async () => {
  const { way, decide } = await blocked('Jo Doe');
  const program = way.replace(' wait clear:B1', '');
  const exempt = [
    way,
    ` ${way} `,
    `${way}\t--timeout 5s`,
    `${program} status`,
    `${program} resolve B1 "it works; all 3 & more"`,
  ];
  const denied = [
    `${way} && rm -rf x`,
    `${way} & rm -rf x`,
    `${way} &`,
    `${way}; ls`,
    `${way} | sh`,
    `${way}\nls`,
    `${way}\rls`,
    `\u00a0${way}`,
    `\u2003${way}`,
    `\u3000${way}`,
    `\ufeff${way}`,
    `${way}\u00a0x`,
    `${way} > /etc/x`,
    `${way} 2>&1`,
    `X=1 ${way}`,
    `${way} $(ls)`,
    `${way} "$HOME"`,
    `${way} \`ls\``,
    `${way} {a,b}`,
    `${way} *`,
    `${way} ~`,
    `${way} $'x'`,
    `${way} # x`,
    `! ${way}`,
    `(${way})`,
    `env ${way}`,
    `${program} release-block B1`,
    `${program} resolve B1 "$(ls)"`,
    way.replaceAll("'", ''),
    way.replace("' wait", "'\u00a0wait"),
  ];
  for (const command of exempt) expect([command, await decide(command)]).toEqual([command, 'allow']);
  for (const command of denied) expect([command, await decide(command)]).toEqual([command, 'deny']);
});

test('a command that cannot be read is refused for the words in it, and the refusal says so', async () => {
  const stage = new HookStage();
  await stage.start();
  publish(stage.dir, Date.now(), { ...BLOCK, match: { command: 'git merge*' } });
  const answers = async (command: string): Promise<string> => (await stage.fire('PreToolUse', bash(command))).stdout;
  const hostile = [
    '('.repeat(100_000),
    '$('.repeat(50_000),
    '"$('.repeat(20_000),
    `x=${'$x'.repeat(20_000)}; $x`,
    'y'.repeat(1_000_000),
  ];
  for (const text of hostile) {
    expect(await answers(text), text.slice(0, 20)).toBe('');
    expect(await answers(`${text}\ngit merge dev`), text.slice(0, 20)).toContain('cannot be read (it ');
  }
  expect(await answers('$TOOL merge dev; : git')).toContain(
    'This command cannot be read (what stands for $TOOL is not known), and it contains the words of the pattern git merge*.',
  );
  const denied = stage.events.filter(({ t }) => t === 'denied');
  expect(denied.at(-1)).toMatchObject({
    summary: '$TOOL merge dev; : git',
    doubt: 'what stands for $TOOL is not known',
  });
  expect(stage.errorLog).toBe('');
});

test('a block of Bash means PowerShell as well, and the way out is one there', async () => {
  const { stage, way } = await blocked('shells');
  publish(
    stage.dir,
    Date.now(),
    { t: 'unblock', block: 'B1', by: 'W1' },
    { ...BLOCK, match: { tool: 'Bash', command: 'git push*' } },
  );
  const decide = async (command: string) =>
    (await stage.fire('PreToolUse', { tool_name: 'PowerShell', tool_input: { command }, tool_use_id: 't2' })).stdout;
  expect(await decide('& git push')).toContain('"deny"');
  expect(await decide('GIT.exe Push')).toContain('"deny"');
  expect(await decide('git status')).toBe('');
  expect(await decide(way)).toContain('"allow"');
});
