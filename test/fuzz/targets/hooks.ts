import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { dispatch } from '#hooks/dispatch.ts';
import { readPayload } from '#hooks/readPayload.ts';
import type { Reply } from '#hooks/reply.ts';
import { hold, parted, type Target } from '#test/fuzz/target.ts';
import { inMemory } from './scratch.ts';
import { NOW } from './logs.ts';
import { samplePayloads } from './payload.ts';

/** Those at which a block of a worker refuses. */
const REFUSING = ['PreToolUse', 'TaskCreated', 'TaskCompleted', 'TeammateIdle', 'PreCompact'];
/** Those at which a hook only answers; at others it looks at processes, or waits for a person. */
const EVENTS = [...REFUSING, 'PostToolUse', 'PostToolUseFailure', 'PostToolBatch', 'SubagentStart', 'StopFailure'];

/** A session with a block of Bash, one of a path, and a note; made once, put back for each input. */
class HookedSession {
  readonly home = inMemory('hooks');
  readonly #dir = sessionDir(this.home, 's1');
  readonly #log = join(this.home, 'log');

  constructor() {
    mkdirSync(this.home, { recursive: true });
    writeFileSync(homePaths(this.home).settings, JSON.stringify({ 'hold.seconds': 0 }));
    createLog(this.#dir, NOW);
    publish(
      this.#dir,
      NOW,
      { t: 'session', session: 's1', cwd: '/p' },
      { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait', match: { tool: 'Bash' } },
      { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait', match: { path: 'src/**' } },
      ...REFUSING.slice(1).map((event): NewEvent => ({ t: 'hook', worker: 'W1', event, exit: 2, stderr: 'wait' })),
      { t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: 'news' },
    );
    copyFileSync(sessionPaths(this.#dir).log, this.#log);
  }

  /** The same session as at the beginning. */
  reset(): void {
    const { armed, snapshot, log } = sessionPaths(this.#dir);
    copyFileSync(this.#log, log);
    for (const path of [armed, snapshot]) rmSync(path, { recursive: true, force: true });
    const { sessions } = homePaths(this.home);
    for (const name of readdirSync(sessions))
      if (name !== 's1') rmSync(join(sessions, name), { recursive: true, force: true });
  }
}

const CALL = {
  session_id: 's1',
  hook_event_name: 'PreToolUse',
  cwd: '/p',
  tool_use_id: 't1',
  tool_input: { command: 'git push', file_path: '/p/src/a.ts' },
};

let session: HookedSession | undefined;

/** The hook program at a session with blocks: first line the event, then the payload. It never fails, and a block refuses. */
export const hooks: Target = {
  seeds: () => [
    ...samplePayloads().filter((text) => EVENTS.includes(text.split('\n')[0] ?? '')),
    ...['Bash', 'Edit'].map((tool_name) => `PreToolUse\n${JSON.stringify({ ...CALL, tool_name })}`),
  ],
  maxBytes: 4096,
  words: ['Bash', 'Edit', 'Write', 'command', 'file_path', 'src/a.ts', '/p/src/a.ts', 'git push', 'agent_id', 'W1'],
  check: async (input) => {
    const [event, bytes] = parted(input);
    const { payload } = readPayload(bytes, event);
    if (payload === undefined || !EVENTS.includes(payload.hook_event_name)) return;
    payload.session_id = 's1';
    delete payload.transcript_path;
    session ??= new HookedSession();
    session.reset();
    const environment = { home: session.home, env: { CLAUDE_PROJECT_DIR: '/p' }, now: () => NOW, timeoutSeconds: 60 };
    let printed: Reply | undefined;
    await dispatch(payload, environment, (answer) => {
      printed = answer;
      return true;
    });
    hold(printed !== undefined, () => 'no answer');
    const { hook_event_name: name, tool_name: tool } = payload;
    const isBlocked = name === 'PreToolUse' ? tool === 'Bash' : REFUSING.includes(name);
    if (isBlocked) hold(JSON.stringify(printed).includes('wait'), () => `not refused: ${JSON.stringify(printed)}`);
  },
};
