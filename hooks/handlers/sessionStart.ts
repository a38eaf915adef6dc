import { dirname } from 'node:path';
import { appendText } from '#core/base/files/appendText.ts';
import { shellQuote } from '#core/base/shellQuote.ts';
import { gitBashPath } from '#core/base/windowsPath.ts';
import { sweepTemporaries } from '#core/base/files/temporary.ts';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import { reachOtherMachines } from '#hooks/otherMachines.ts';
import { noteOwnEntries } from '#hooks/ownEntries.ts';
import { setLimits } from '#hooks/settingLimits.ts';
import { ensureGitWatchFor } from '#hooks/sweepWarning.ts';
import { resumeSession } from '#hooks/resolveSession.ts';
import type { SessionWriter } from '#hooks/sessionWriter.ts';

/** A session starts, resumes or is cleared: Claude's shell gets its environment, and Claude a short introduction. */
export async function onSessionStart(ctx: HookContext, session: SessionWriter): Promise<Outcome> {
  session.attempt('the session was not recorded', () => resumeSession(ctx, session));
  noteOwnEntries(ctx, session.dir);
  const { home, now } = ctx.env;
  const { cache, sessions } = homePaths(home);
  for (const folder of [home, cache, sessions, session.dir, sessionPaths(session.dir).flags])
    sweepTemporaries(folder, now());
  session.attempt('the shell gets no environment', () => writeEnvFile(ctx, session.dir));
  ensureGitWatchFor(ctx);
  setLimits(ctx, session);
  await reachOtherMachines(ctx, session);
  return ctx.settings.teach && ctx.role === CONDUCTOR ? { answer: { context: sessionIntro(ctx) } } : {};
}

/** An introduction to Fermata for Claude (the setting `teach`). Short, since every turn pays for it. */
const sessionIntro = ({ cli, shell }: HookContext): string =>
  [
    `Fermata runs workers (programs beside you) and shows them to the person. In ${shell === 'sh' ? 'Bash' : 'PowerShell'}, without waiting for them:`,
    `- ${cli} spawn --task "Run the tests" -- npm test     starts one; add --after W1 to wait for another, --critical if you may not finish without it`,
    `- ${cli} wait done:W1     waits up to 100 s; exit code 4 means: call it again`,
    `- ${cli} status     shows workers, blocks and votes; ${cli} abort W1 ends one that you started, with all its processes`,
    'Workers report to you by themselves; one may hold a call of yours and then says why and what ends it.',
  ].join('\n');

/**
 * Through CLAUDE_ENV_FILE the Conductor's shell, on Windows Git Bash, gets `fermata` on its PATH and the session of which it starts children. A
 * fork keeps the file of the session that it was forked from, so the id is the shell's own wherever it has one.
 */
function writeEnvFile({ payload, env, role }: HookContext, dir: string): void {
  const file = env.env['CLAUDE_ENV_FILE'];
  if (file === undefined || file === '') return;
  const id = `"\${CLAUDE_CODE_SESSION_ID:-${payload.session_id}}"`;
  const sessions = gitBashPath(dirname(dir));
  const lines = [
    `export FERMATA_HOME=${shellQuote(gitBashPath(env.home))}`,
    `export FERMATA_SESSION_DIR=${shellQuote(sessions)}/${id}`,
    // a session that works in another one's folder is a file that names that one; any program may write into its log
    `if [ -f "$FERMATA_SESSION_DIR" ]; then FERMATA_SESSION_DIR=${shellQuote(sessions)}/$(head -n 1 "$FERMATA_SESSION_DIR" | head -c 128); fi`,
    `export FERMATA_PARENT=${id}`,
    // of a worker that has started the terminal of this Claude, or its editor
    ...(role === CONDUCTOR ? ['unset FERMATA_WORKER FERMATA_OUT FERMATA_PROJECT'] : []),
    `export PATH="$PATH":${shellQuote(gitBashPath(homePaths(env.home).bin))}`,
  ];
  appendText(file, `${lines.join('\n')}\n`);
}
