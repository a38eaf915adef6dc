import { execFileSync } from 'node:child_process';

/** An environment in which git has neither the person's settings nor the system's, and waits for no editor. */
export const plainGitEnv = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 't',
  GIT_AUTHOR_EMAIL: 't@example.org',
  GIT_COMMITTER_NAME: 't',
  GIT_COMMITTER_EMAIL: 't@example.org',
  GIT_EDITOR: 'true',
  GIT_MERGE_AUTOEDIT: 'no',
};

/** Runs git in that environment; returns what it prints. Throws where it fails. */
export const plainGit = (cwd: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd, env: plainGitEnv, stdio: 'pipe' }).toString();
