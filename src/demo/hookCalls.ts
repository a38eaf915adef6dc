import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { homePaths } from '#core/base/paths.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';

/** The demo cannot go on; the message is a sentence for the person. */
export class DemoFailure extends Error {}

/** How long a hook may take: where the person is asked, the demo waits for the person. */
const HOOK_SECONDS = '86400';

export interface DemoSession {
  home: string;
  project: string;
  session: string;
}

/**
 * Runs the installed hooks for one event as Claude Code does: starts the gate with the payload on its standard input.
 * Returns why the call or the end of the turn is refused; undefined if it is not. Throws if `signal` aborts a hook that
 * waits, or if the hook aborts the session.
 */
export async function fireHook(
  target: DemoSession & { signal: AbortSignal },
  event: HookEvent,
  payload: Record<string, unknown>,
): Promise<string | undefined> {
  const { home, project, session, signal } = target;
  const gateArgs = [event, HOOK_SECONDS];
  const [program, args] =
    process.platform === 'win32'
      ? [process.execPath, [homePaths(home).hook, ...gateArgs]]
      : [join(home, 'hooks', 'gate.sh'), gateArgs];
  const call = { session_id: session, cwd: project, permission_mode: 'default', hook_event_name: event, ...payload };
  const options = { cwd: project, env: conductorEnv(target), signal };
  const { out, err, code } = await run(program, args, options, JSON.stringify(call));
  return refusalOf(event, out, err, code);
}

/** The environment that Claude Code gives its hooks and its shell, without that of a session or worker around the demo. */
export function conductorEnv({ home, project, session }: DemoSession): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(CLAUDE|FERMATA_(?!DEMO_))/.test(name));
  return {
    ...Object.fromEntries(inherited),
    FERMATA_HOME: home,
    CLAUDECODE: '1',
    CLAUDE_CODE_SESSION_ID: session,
    CLAUDE_PROJECT_DIR: project,
  };
}

function run(
  program: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal: AbortSignal },
  input: string,
): Promise<{ out: string; err: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    child.stdin.on('error', () => {});
    child.once('error', reject);
    child.once('close', (code) => resolve({ out, err, code }));
    child.stdin.end(input);
  });
}

interface HookOutput {
  decision?: string;
  reason?: string;
  continue?: boolean;
  stopReason?: string;
  hookSpecificOutput?: {
    permissionDecision?: string;
    permissionDecisionReason?: string;
    additionalContext?: string;
  };
}

function refusalOf(event: HookEvent, out: string, err: string, code: number | null): string | undefined {
  if (code === 2) return err.trim();
  if (out.trim() === '') return undefined;
  const output = JSON.parse(out) as HookOutput;
  if (output.continue === false) throw new DemoFailure(`The session was aborted. ${output.stopReason ?? ''}`.trim());
  const specific = output.hookSpecificOutput;
  if (specific?.permissionDecision === 'deny') return specific.permissionDecisionReason;
  if (output.decision === 'block') return output.reason;
  // with context a turn goes on as after a refusal
  return event === 'Stop' ? specific?.additionalContext : undefined;
}
