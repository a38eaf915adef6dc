import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnv } from './cleanEnv.ts';
import { runtimeModule } from './runtimes.ts';

/** No real key: the scripted model server ignores it. */
const apiKey = 'sk-ant-fermata-test-key-of-nobody';

/** The versions of Claude Code that are installed with the runtimes: the oldest that is supported, the one of most tests, a newer one. */
export type ClaudeVersion = 'oldest' | 'pinned' | 'newest';

/**
 * The real Claude Code CLI, from its platform package: its install script, which would copy it, is off. FERMATA_TEST_CLAUDE
 * puts another one in the place of the pinned one: the path of `npm run test:newest`, or `newest` for that of the runtimes.
 */
export function claudeBinary(version: ClaudeVersion = 'pinned'): string {
  const named = process.env['FERMATA_TEST_CLAUDE'];
  if (version === 'pinned' && named !== undefined && named !== 'newest') return named;
  const platform = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;
  const name = process.platform === 'win32' ? 'claude.exe' : 'claude';
  const which = version === 'pinned' ? named : version;
  const aliased = which === undefined ? '' : `claude-code-${which}/node_modules/`;
  return join(runtimeModule(`${aliased}${platform}`), name);
}

/** The environment in which the CLI connects to `modelUrl` only, and has `home` as its home directory. */
export function claudeEnv(home: string, modelUrl: string, extra: Record<string, string> = {}): Record<string, string> {
  if (new URL(modelUrl).hostname !== '127.0.0.1') throw new Error(`tests talk to 127.0.0.1 only, not to ${modelUrl}`);
  const temporary = join(home, '.tmp');
  mkdirSync(temporary, { recursive: true });
  return cleanEnv(home, {
    TMPDIR: temporary,
    ANTHROPIC_API_KEY: apiKey,
    ANTHROPIC_BASE_URL: modelUrl,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_TELEMETRY: '1',
    ...extra,
  });
}

/** Prepares `home` so that Claude Code is set up and trusts each of `projectDirs`, and opens no dialog. */
export function prepareClaudeHome(home: string, ...projectDirs: string[]): void {
  mkdirSync(home, { recursive: true });
  const file = join(home, '.claude.json');
  const before = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { projects?: Record<string, object> })
    : {};
  const projects: Record<string, object> = { ...before.projects };
  for (const dir of projectDirs) {
    projects[dir] = {
      ...projects[dir],
      hasTrustDialogAccepted: true,
      hasCompletedProjectOnboarding: true,
      projectOnboardingSeenCount: 1,
    };
  }
  const settled = {
    hasCompletedOnboarding: true,
    theme: 'dark',
    customApiKeyResponses: { approved: [apiKey.slice(-20)], rejected: [] },
  };
  writeFileSync(file, JSON.stringify({ ...before, ...settled, projects }, null, 2));
}
