import { HomeProcess } from '#core/base/homeProcess.ts';
import { homePaths } from '#core/base/paths.ts';
import { runnerEnv } from './workerEnv.ts';

/** The process that follows what agents have not committed, of which a home has one. */
export const gitWatchProcess = (home: string): HomeProcess => new HomeProcess(homePaths(home).gitWatchRun);

/** Starts the git watch of a home unless one runs. Never waits. Throws the system's error. */
export function ensureGitWatch(home: string, env: NodeJS.ProcessEnv, now: number): void {
  gitWatchProcess(home).start(homePaths(home).gitWatch, process.execPath, runnerEnv(env, home), now);
}
