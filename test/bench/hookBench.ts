import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { realPath } from '#core/base/files/facts.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { MIN_FOLDED_BYTES, saveSnapshot } from '#core/session/snapshot.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { HOOK_FILES } from '#test/lib/hookStage.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { ratio } from './figure.ts';
import { processTime } from './processTime.ts';
import { writeSyntheticLog } from './syntheticLog.ts';

const SESSION = 'bench';

/** A home with the programs of a hook, where no call is held. */
function makeHome(): string {
  const home = join(tempDir('fermata-bench-'), '.fermata');
  for (const name of ['hooks', 'cache']) mkdirSync(join(home, name), { recursive: true });
  for (const file of HOOK_FILES) copyFileSync(join(repoRoot, 'dist/hooks', file), join(home, 'hooks', file));
  writeFileSync(join(home, 'runtime'), `${process.execPath}\n`);
  writeFileSync(join(home, 'settings.json'), '{"hold.seconds": 0}');
  return home;
}

/**
 * The gate with nothing armed against a bare `sh`, and a refusal against a bare Node, at logs of three lengths; and a
 * refusal by a pattern of commands against one by the name of the tool.
 */
export async function hookBench(): Promise<void> {
  await commandRefusals();
  for (const events of [0, 1_000, 1_000_000]) {
    const home = makeHome();
    const dir = join(home, 'sessions', SESSION);
    createLog(dir, Date.now());
    if (events > 0) writeSyntheticLog(join(dir, 'events.jsonl'), events);
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      CLAUDE_CODE_SESSION_ID: SESSION,
      CLAUDE_PROJECT_DIR: home,
    };
    const payload = (padding: number): string =>
      JSON.stringify({
        session_id: SESSION,
        hook_event_name: 'PreToolUse',
        cwd: home,
        tool_name: 'Read',
        tool_input: { file_path: '/a', padding: 'x'.repeat(padding) },
      });
    const gate = (stdin: string) =>
      processTime({ file: join(home, 'hooks/gate.sh'), args: ['PreToolUse', '60'], env, stdin });
    const shell = (stdin: string) => processTime({ file: '/bin/sh', args: ['-c', ':'], env, stdin });
    for (const size of [300, 1_000_000]) {
      const stdin = payload(size);
      await ratio(
        `gate-idle-${events}-events-${size}-bytes`,
        40,
        () => gate(stdin),
        ['sh -c :', () => shell(stdin)],
        2,
      );
    }
    if (events === 0) continue;
    publish(dir, Date.now(), { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' });
    await refusals(events, dir, () => gate(payload(300)), ['node -e 0', () => node(env)]);
  }
}

const node = (env: Record<string, string>): Promise<number> =>
  processTime({ file: process.execPath, args: ['-e', '0'], env });

/** A refusal by a pattern of commands loads the parser; one by the name of the tool does not. */
async function commandRefusals(): Promise<void> {
  const command = 'cd src && npm test && git merge --no-ff topic';
  const refusalBy = (reason: (home: string) => NewEvent, run = command): (() => Promise<number>) => {
    const home = makeHome();
    const dir = join(home, 'sessions', SESSION);
    createLog(dir, Date.now());
    writeSyntheticLog(join(dir, 'events.jsonl'), 1_000);
    publish(dir, Date.now(), reason(home));
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      CLAUDE_CODE_SESSION_ID: SESSION,
      CLAUDE_PROJECT_DIR: home,
    };
    const call = {
      session_id: SESSION,
      hook_event_name: 'PreToolUse',
      cwd: home,
      tool_name: 'Bash',
      tool_input: { command: run },
    };
    return () =>
      processTime({ file: join(home, 'hooks/gate.sh'), args: ['PreToolUse', '60'], env, stdin: JSON.stringify(call) });
  };
  const block = (match: { tool?: string; command?: string }) => (): NewEvent => ({
    t: 'hook',
    worker: 'W1',
    event: 'PreToolUse',
    exit: 2,
    stderr: 'not now',
    match,
  });
  const byTool = refusalBy(block({ tool: 'Bash' }));
  const byCommand = refusalBy(block({ command: 'git merge*' }));
  await ratio('refusal-by-command', 40, byCommand, ['refusal by tool', byTool], 1.15);
  const sweep = refusalBy((home) => {
    mkdirSync(join(home, '.git'));
    const files = [{ path: 'src/cart.ts', ts: Date.now(), status: ' M' }];
    const of = { worker: 'conductor', session: 'other', name: 'Fix the rounding', root: realPath(home) };
    return { t: 'uncommitted', ...of, files, hold: true };
  }, 'npm test && git add -A');
  await ratio('refusal-of-sweep', 40, sweep, ['refusal by command', byCommand], 1.5);
}

/** More than a refusal adds to the log. */
const REFUSAL_BYTES = 2048;

/**
 * A refusal with the snapshot at the end of the log; as far behind it as a hook leaves it, and with notes to
 * deliver; so far that the hook keeps another one after its answer; a mebibyte behind it, as only writers leave it that nobody of Fermata reads. Without a snapshot and without what V8 keeps of the program it is the
 * first of all. What has no limit is there to be seen.
 */
async function refusals(
  events: number,
  dir: string,
  refuse: () => Promise<number>,
  base: [name: string, run: () => Promise<number>],
): Promise<void> {
  const { log: file, snapshot } = sessionPaths(dir);
  const log = new SessionLog(dir);
  log.refresh();
  saveSnapshot(log, 0);
  await ratio(`refusal-${events}-events`, 25, refuse, base, 1.3);

  // by now every note is delivered
  log.refresh();
  saveSnapshot(log, 0);
  const kept = readFileSync(snapshot);
  const end = statSync(file).size;
  const said = synthetic(1 << 20);
  const withoutNotes = said.replaceAll(/\n\{"t":"hook".*\n/g, '');
  /** A refusal so many bytes behind its snapshot; what it adds to both is taken out before the next. */
  const behind = (more: string, bytes: number) => (): Promise<number> => {
    truncateSync(file, end);
    appendFileSync(file, more.slice(0, more.lastIndexOf('\n', bytes - 1) + 1));
    writeFileSync(snapshot, kept);
    return refuse();
  };
  const due = Math.max(MIN_FOLDED_BYTES, kept.length);
  await ratio(`refusal-${events}-events-no-snapshot-due`, 25, behind(withoutNotes, due - REFUSAL_BYTES), base, 1.3);
  await ratio(`refusal-${events}-events-with-notes`, 15, behind(said, due - REFUSAL_BYTES), base);
  await ratio(`refusal-${events}-events-snapshot-due`, 15, behind(withoutNotes, due + REFUSAL_BYTES), base);
  await ratio(`refusal-${events}-events-1-MiB-behind`, 15, behind(said, said.length), base);

  const cache = join(dir, '..', '..', 'cache');
  const cold = (): Promise<number> => {
    for (const path of [snapshot, ...readdirSync(cache).map((name) => join(cache, name))])
      rmSync(path, { force: true });
    return refuse();
  };
  await ratio(`refusal-${events}-events-cold`, 5, cold, base);
}

/** So many bytes of what a session says, without the line that opens its log. */
function synthetic(bytes: number): string {
  const file = join(tempDir('fermata-bench-'), 'events.jsonl');
  writeSyntheticLog(file, 12_000);
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf('\n');
  return text.slice(from, text.lastIndexOf('\n', from + bytes) + 1);
}
