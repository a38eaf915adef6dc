import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { homePaths } from '#core/base/paths.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';

/** The demo cannot go on; the message is a sentence for the person. */
export class DemoFailure extends Error {}

/** The answer of a hook as Claude Code understands it. */
export interface HookAnswer {
  /** Why the call or the end of the turn is refused. */
  refused?: string;
  /** Additional context for the Conductor. */
  context?: string;
}

export interface HookCallsOptions {
  home: string;
  project: string;
  session: string;
  /** Aborts a hook that waits. */
  signal: AbortSignal;
}

/** Runs the installed hooks as Claude Code does: starts the gate with the payload on its standard input. */
export class HookCalls {
  readonly #options: HookCallsOptions;

  constructor(options: HookCallsOptions) {
    this.#options = options;
  }

  /** Fires one event. Throws if the hook is aborted, or if it aborts the session. */
  async fire(event: HookEvent, payload: Record<string, unknown> = {}): Promise<HookAnswer> {
    const { home, project, session, signal } = this.#options;
    const hooks = join(home, 'hooks');
    const gateArgs = [event, '600'];
    const [program, args] =
      process.platform === 'win32'
        ? [process.execPath, [homePaths(home).hook, ...gateArgs]]
        : [join(hooks, 'gate.sh'), gateArgs];
    const input = JSON.stringify({
      session_id: session,
      cwd: project,
      permission_mode: 'default',
      hook_event_name: event,
      ...payload,
    });
    const env = conductorEnv({ home, project, session });
    const { out, err, code } = await run(program, args, { cwd: project, env, signal }, input);
    return parseAnswer(out, err, code);
  }
}

/** The environment that Claude Code gives its hooks and its shell, without that of a session or worker around the demo. */
export function conductorEnv({
  home,
  project,
  session,
}: Pick<HookCallsOptions, 'home' | 'project' | 'session'>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(CLAUDE|FERMATA_(?!DEMO_))/.test(name));
  return {
    ...Object.fromEntries(inherited),
    FERMATA_HOME: home,
    CLAUDECODE: '1',
    CLAUDE_CODE_SESSION_ID: session,
    CLAUDE_PROJECT_DIR: project,
  };
}

interface ProcessResult {
  out: string;
  err: string;
  code: number | null;
}

function run(
  program: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal: AbortSignal },
  input: string,
): Promise<ProcessResult> {
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

function parseAnswer(out: string, err: string, code: number | null): HookAnswer {
  if (code === 2) return { refused: err.trim() };
  if (out.trim() === '') return {};
  const output = JSON.parse(out) as HookOutput;
  if (output.continue === false) throw new DemoFailure(`The session was aborted. ${output.stopReason ?? ''}`.trim());
  const specific = output.hookSpecificOutput;
  const refused =
    specific?.permissionDecision === 'deny'
      ? specific.permissionDecisionReason
      : output.decision === 'block'
        ? output.reason
        : undefined;
  return { refused, context: specific?.additionalContext };
}
