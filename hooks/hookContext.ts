import { resolve } from 'node:path';
import { ellipsize } from '#core/base/text.ts';
import { homePaths } from '#core/base/paths.ts';
import { loadHookSettings } from '#core/base/settings.ts';
import { activeBlocks, type CallContext } from '#core/policy/activeBlocks.ts';
import { pathsOf } from '#core/policy/match/match.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { roleOf } from '#core/session/role.ts';
import { isWorkerId } from '#protocol/ids.ts';
import type { HookPayload } from '#protocol/payload.ts';
import type { HookSettings } from '#protocol/settings.ts';
import type { Block, SessionState } from '#protocol/state.ts';

const MAX_SUMMARY_CHARS = 200;

/** The environment of the hook's process. Handed in, so that no test needs a process. */
export interface HookEnvironment {
  home: string;
  env: NodeJS.ProcessEnv;
  now: () => number;
  /** Seconds after which Claude Code kills this hook and lets the action pass. */
  timeoutSeconds: number;
}

/** Everything that a handler reads: the payload, the state of its session, and facts that follow from the two. */
export class HookContext {
  readonly payload: HookPayload;
  readonly env: HookEnvironment;
  /** This hook has recorded the start of the session. */
  readonly isNewSession: boolean;
  readonly cli: string;
  readonly #session: Pick<SessionLog, 'state'>;
  #settings: HookSettings | undefined;

  constructor(payload: HookPayload, env: HookEnvironment, session: Pick<SessionLog, 'state'>, isNewSession = false) {
    this.payload = payload;
    this.env = env;
    this.#session = session;
    this.isNewSession = isNewSession;
    this.cli = homePaths(env.home).cli;
  }

  get state(): SessionState {
    return this.#session.state;
  }

  get settings(): HookSettings {
    return (this.#settings ??= loadHookSettings(this.env.home, this.root));
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
      // Claude Code sends an empty agent type for its own helpers; only an id is an agent
      ...(payload.agent_id === undefined || payload.agent_id === '' ? {} : { agentId: payload.agent_id }),
      ...(tool === undefined ? {} : { call: { tool, input, cwd: resolve(root, cwd) } }),
    };
  }

  /** The blocks that concern this event, oldest first. */
  activeBlocks(): Block[] {
    return activeBlocks(this.state, this.callContext(), this.env.now());
  }

  /** The action in a few words for the log and the panel: the path, command or description of a call, or a task. */
  get summary(): string | undefined {
    const { task_subject: task, teammate_name: teammate } = this.payload;
    const { call } = this.callContext();
    if (call === undefined) return task ?? teammate;
    const { command, description, pattern, url, prompt } = call.input;
    const text = [...pathsOf(call), command, pattern, url, description, prompt].find(
      (v): v is string => typeof v === 'string' && v !== '',
    );
    return text === undefined ? undefined : ellipsize(text, MAX_SUMMARY_CHARS);
  }
}
