import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { shellOf } from '#core/base/gitBash.ts';
import { ownCommand } from '#core/base/ownCommand.ts';
import type { Shell } from '#core/base/shellQuote.ts';
import { truncate } from '#core/base/text.ts';

import { loadHookSettings } from '#core/base/settings.ts';
import { activeBlocks, needsCommand, type CallContext } from '#core/policy/activeBlocks.ts';
import { inputSummary, MAX_SUMMARY_CHARS, summaryOf } from '#core/policy/callSummary.ts';
import { isShell, type ToolCall } from '#core/policy/match/match.ts';
import type { CommandReading } from '#core/policy/shell/readCommand.ts';
import { roleOf } from '#core/session/role.ts';
import { takesOfCommand } from './gitSweeps.ts';
import { CONDUCTOR, isWorkerId } from '#protocol/ids.ts';
import type { HookPayload } from '#protocol/payload.ts';
import type { HookSettings } from '#protocol/settings.ts';
import type { Block, SeenCall, SessionState } from '#protocol/state.ts';

const MAX_CALL_ID = 200;

/** The parser of shell commands, in a bundle of its own. */
const loadShell = (): Promise<typeof import('#core/policy/shell/shell.ts')> => import('#core/policy/shell/shell.ts');

/** The environment of the hook's process. Handed in, so that no test needs a process. */
export interface HookEnvironment {
  home: string;
  env: NodeJS.ProcessEnv;
  now: () => number;
  /** Seconds after which Claude Code kills this hook and lets the action pass. */
  timeoutSeconds: number;
  /** The entry is that of a file which a project shares. */
  shared?: boolean;
}

/** A run of a hook, and what it has read. */
interface RunAtSession {
  readonly id: string;
  readonly state: SessionState;
}

/** Everything that a handler reads: the payload, the state of its session, and facts that follow from the two. */
export class HookContext {
  readonly payload: HookPayload;
  readonly env: HookEnvironment;
  /** This hook has recorded the start of the session. */
  readonly isNewSession: boolean;
  readonly #session: RunAtSession;
  #settings: HookSettings | undefined;
  #fit: ToolCall['fit'];
  #takes: ToolCall['takes'];

  constructor(payload: HookPayload, env: HookEnvironment, session: RunAtSession, isNewSession = false) {
    this.payload = payload;
    this.env = env;
    this.#session = session;
    this.isNewSession = isNewSession;
  }

  get state(): SessionState {
    return this.#session.state;
  }

  get settings(): HookSettings {
    return (this.#settings ??= loadHookSettings(this.env.home, this.root));
  }

  /** The shell of the call; for a text that comes with none, the one that Claude has. */
  get shell(): Shell {
    const { tool_name: tool } = this.payload;
    return process.platform === 'win32'
      ? shellOf(tool, this.env.env, 'win32')
      : tool === 'PowerShell'
        ? 'powershell'
        : 'sh';
  }

  /** The command of Fermata as that shell reads it, for texts. */
  get cli(): string {
    return ownCommand(this.env.home, this.shell);
  }

  /** Where relative paths of blocks and rules start. */
  get root(): string {
    return this.env.env['CLAUDE_PROJECT_DIR'] || this.state.session.cwd || this.payload.cwd || '/';
  }

  /** `conductor`, or the name of the worker whose own session this is. */
  get role(): string {
    return roleOf(this.state, this.payload.session_id, this.env.env);
  }

  /** The subagent that acts here, else the Conductor or the worker whose session this is; of teammates their name. */
  get agent(): string {
    const { agent_id: id, teammate_name: teammate } = this.payload;
    const name = teammate === undefined ? id : `teammate-${teammate.replaceAll(/[^A-Za-z0-9_.-]/g, '-')}`.slice(0, 64);
    return name !== undefined && isWorkerId(name) ? name : this.role;
  }

  callContext(): CallContext {
    const { payload, root, role } = this;
    const { tool_name: tool, tool_input: input = {}, cwd = root } = payload;
    return {
      event: payload.hook_event_name,
      role,
      root,
      seen: () => this.seenCall(),
      // Claude Code sends an empty agent type for its own helpers; only an id is an agent
      ...(payload.agent_id === undefined || payload.agent_id === ''
        ? {}
        : { agentId: payload.agent_id, agentType: payload.agent_type }),
      ...(tool === undefined
        ? {}
        : { call: { tool, input, cwd: resolve(root, cwd), fit: this.#fit, takes: this.#takes } }),
    };
  }

  /** The command of the call. */
  get command(): string | undefined {
    const command = this.payload.tool_input?.['command'];
    return typeof command === 'string' ? command : undefined;
  }

  /** Reads the command if a block or a note has a pattern for it. To be awaited before anything is matched. */
  async prepareMatching(): Promise<void> {
    const { command, root } = this;
    if (command === undefined) return;
    const cwd = resolve(root, this.payload.cwd ?? root);
    if (this.mayTake) this.#takes ??= await takesOfCommand(command, this.payload.tool_name, cwd, this.env.now);
    if (this.#fit !== undefined || !needsCommand(this.state, this.payload.hook_event_name)) return;
    this.#fit = (await loadShell()).fitOf(command, this.payload.tool_name, { cwd, root });
  }

  /** Whether the call may be one of git, while others have edits that are not committed. */
  get mayTake(): boolean {
    const { tool_name: tool, hook_event_name: event } = this.payload;
    if (this.state.uncommitted.size === 0 || event !== 'PreToolUse' || !isShell(tool)) return false;
    // the name may be quoted in parts, or what a variable has
    return /g["'\\\n]*i["'\\\n]*t|\bgh |[$`]/i.test(this.command ?? '');
  }

  /** What the command of the call runs. */
  async readCommand(): Promise<CommandReading | undefined> {
    const { command } = this;
    return command === undefined ? undefined : (await loadShell()).readCommand(command);
  }

  /** Whether the call is Fermata's own command, which no block denies. */
  async isExempt(): Promise<boolean> {
    const { command, payload } = this;
    // most commands do not have its name in them
    if (command?.includes('fermata') !== true) return false;
    return (await loadShell()).isExemptCall(payload.tool_name, command, this.env.home);
  }

  /** The blocks that concern this event, oldest first. */
  activeBlocks(): Block[] {
    return activeBlocks(this.state, this.callContext(), this.env.now());
  }

  /** The call as the log has it. Without an id of Claude Code it is named after this run of the hook. */
  seenCall(): SeenCall & { call: string } {
    const { tool_name: tool, tool_use_id: id, hook_event_name: event } = this.payload;
    const { summary, agent } = this;
    return {
      call: truncate(id ?? this.#session.id, MAX_CALL_ID),
      tool: tool ?? event,
      summary,
      digest: summary === undefined || summary.length <= MAX_SUMMARY_CHARS ? undefined : this.#inputDigest(),
      agent: agent === CONDUCTOR ? undefined : agent,
    };
  }

  #inputDigest(): string {
    const { tool_input: input, task_subject: task, teammate_name: teammate } = this.payload;
    // a task has no input
    const text = JSON.stringify(input ?? [task, teammate]);
    return createHash('sha256').update(text).digest('base64url').slice(0, 22);
  }

  /** The action in a few words for the log and the panel: the path, command or description of a call, or a task. */
  get summary(): string | undefined {
    const { task_subject: task, teammate_name: teammate } = this.payload;
    const { call } = this.callContext();
    const text = call === undefined ? (task ?? teammate) : inputSummary(call);
    return text && summaryOf(text);
  }
}
