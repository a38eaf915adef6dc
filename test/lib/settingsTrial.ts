import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hookReach } from '#core/install/hookReach.ts';
import { readReachFacts } from '#core/install/reachFacts.ts';
import { settingsPath } from '#core/install/settings/claudeSettingsFile.ts';
import { runClaude } from './claude.ts';
import { claudeBinary, prepareClaudeHome, type ClaudeVersion } from './claudeHome.ts';
import { startModelServer } from './modelServer.ts';
import { ensureRuntimes } from './runtimes.ts';
import type { SettingsFileCase } from './settingsFiles.ts';
import { tempDir } from './tempDir.ts';

const SCOPES = ['user', 'project', 'local'] as const;
const AT_A_TIME = 3;

/** In which settings files a hook runs, by what the doctor says and by what Claude Code does; the first is `unsure` of none. */
export interface SettingsTrial {
  said: readonly string[];
  done: readonly string[];
}

/**
 * Runs Claude Code once for each file, a few at a time. The other two scopes have a file with nothing but a hook, so that it
 * shows, too, whether the file switches those off.
 */
export async function trySettings(
  version: ClaudeVersion,
  cases: readonly SettingsFileCase[],
): Promise<Map<SettingsFileCase, SettingsTrial>> {
  await ensureRuntimes();
  const text = execFileSync(claudeBinary(version), ['--version'], { encoding: 'utf8' });
  const claude = /\d+\.\d+\.\d+/.exec(text)?.[0] ?? '0.0.0';
  const model = await startModelServer(() => ({ text: 'ok' }));
  const trials = new Map<SettingsFileCase, SettingsTrial>();
  const left = [...cases];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      trials.set(next, await tryFile(next, { version, claude, modelUrl: model.url }));
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  } finally {
    await model.stop();
  }
  return trials;
}

async function tryFile(
  { scope: scopeOfCase, content }: SettingsFileCase,
  { version, claude, modelUrl }: { version: ClaudeVersion; claude: string; modelUrl: string },
): Promise<SettingsTrial> {
  const root = tempDir('fermata-settings-');
  const userHome = join(root, 'home');
  const home = join(userHome, '.fermata');
  const projectDir = join(root, 'project');
  prepareClaudeHome(userHome, projectDir);
  // stands where Fermata's gate is, so that its entries are taken for Fermata's
  const gate = join(home, 'hooks', 'gate.sh');
  mkdirSync(dirname(gate), { recursive: true });
  writeFileSync(gate, '#!/bin/sh\ncat >/dev/null\n: >"${0%/*}/$1"\n', { mode: 0o755 });
  for (const scope of SCOPES) {
    const hook = JSON.stringify({ type: 'command', command: gate, args: [scope] });
    const path = settingsPath({ scope, projectDir, userHome });
    mkdirSync(dirname(path), { recursive: true });
    const plain = `{"hooks":{"SessionStart":[{"hooks":[${hook}]}]}}`;
    writeFileSync(path, scope === scopeOfCase ? content(hook) : plain);
  }
  const facts = readReachFacts({ home, userHome, projectDir, claude, managed: join(root, 'none') });
  const reach = hookReach(facts);
  const isOff = !reach.reached && reach.reason !== 'ignored' && reach.reason !== 'missing';
  const read = facts.settings.filter(({ state, inForce }) => state === 'read' && inForce);
  const said = read.filter(() => !isOff).map(({ scope, unsure }) => (unsure === undefined ? scope : `${scope}?`));
  await runClaude({ prompt: 'hello', cwd: projectDir, home: userHome, modelUrl, version });
  return { said, done: SCOPES.filter((scope) => existsSync(join(dirname(gate), scope))) };
}
