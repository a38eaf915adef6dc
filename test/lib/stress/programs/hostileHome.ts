/**
 * Puts something else in the place of each file of a home and a project in turn, and then runs every hook, the verbs, and
 * what the runner and the extension do: `hostileHome ROOT KIND [NAME…]`. Prints a `HostileCell` a line, and before each
 * action its name, so that a hang is known.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { dispatch } from '#hooks/dispatch.ts';
import { run } from '#cli/run.ts';
import { VERBS } from '#cli/table.ts';
import { createLog } from '#core/log/append.ts';
import { lstatOf } from '#core/base/files/facts.ts';
import { homePaths, sessionPaths, workerPaths } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { claudeProcesses, findTranscript } from '#core/claude/processes.ts';
import { TranscriptTail } from '#core/claude/transcript/transcriptTail.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { findSettings } from '#core/install/settings/claudeSettingsFile.ts';
import { planChanges } from '#core/plans/planFile.ts';
import { isApproved } from '#core/plans/rules/approval.ts';
import { projectRules } from '#core/plans/rules/rulesFile.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { armFromState } from '#core/session/armed.ts';
import { consumeFlags } from '#core/session/flags.ts';
import { listSessions, writeSessionInfo } from '#core/session/info.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { claimWorker, runnerState } from '#core/workers/claim.ts';
import { reportForeignWrites } from '#core/workers/foreignWrites.ts';
import { superviseWorkers } from '#core/workers/startWorkers.ts';
import { HOOK_EVENTS } from '#protocol/hookEvents.ts';
import { SAMPLE_FIELDS } from '#protocol/hookTable.ts';
import { BoundedLog } from '#runner/boundedLog.ts';
import { NAMES, PUT, type HostileCell, type Kind } from '#test/lib/stress/hostile.ts';

const [root = '', kind = 'pipe', ...only] = process.argv.slice(2);
const SESSION = 'session-1';
const outside = join(root, 'outside');
const template = join(root, 'template');

/** A home, a project and a person's folder with one block, one worker and one plan, as paths below `at`. */
function build(at: string): void {
  const home = join(at, 'home');
  const dir = join(home, 'sessions', SESSION);
  const now = Date.now();
  createLog(dir, now);
  const block = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' } as const;
  publish(dir, now, { t: 'session', session: SESSION, cwd: join(at, 'project'), pid: process.ppid }, block);
  publish(dir, now, { t: 'plan', run: 'R1', sha256: '0'.repeat(64), workers: [{ worker: 'W1' }] });
  const identity = { pid: process.ppid, host: hostIdentity(), startTime: startTimeOf(process.ppid) };
  const log = new SessionLog(dir);
  log.refresh();
  writeSessionInfo(dir, {
    session: SESSION,
    project: join(at, 'project'),
    started: now,
    nonce: log.state.nonce,
    ...identity,
  });
  saveSnapshot(log, 0);
  const { out, stdout } = workerPaths(dir, 'W1');
  const files: Record<string, string> = {
    [homePaths(home).settings]: '{"hold.seconds":0}',
    [homePaths(home).approved]: '{"version":1,"projects":{}}',
    [join(home, 'logs/hook.log')]: '',
    [join(home, 'cache/history.json')]: '{}',
    [join(home, 'projects/x.json')]: '{}',
    [join(dir, 'runs/R1/plan.json')]: '{}',
    [join(out, 'answer.md')]: 'done',
    [stdout]: 'text',
    [join(dir, 'waiter')]: '1 2',
    [join(at, 'project/.claude/settings.json')]: '{}',
    [join(at, 'project/.claude/settings.local.json')]: '{}',
    [join(at, 'project/.fermata/rules.json')]: '{"version":1,"rules":[]}',
    [join(at, 'user/.claude/settings.json')]: '{}',
    [join(at, 'user/.claude/sessions/1.json')]: '{}',
    [join(at, 'user/.claude/projects/p/session-1.jsonl')]: '{}',
    [join(at, 'user/.claude.json')]: '{}',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
}

const fingerprintOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const stats = lstatSync(join(folder, name));
      const content = stats.isFile()
        ? createHash('sha256')
            .update(readFileSync(join(folder, name)))
            .digest('hex')
        : '';
      return `${name} ${stats.mode} ${content}`;
    })
    .join('\n');

function actionsOn(at: string): { name: string; act: () => unknown }[] {
  const home = join(at, 'home');
  const project = join(at, 'project');
  const user = join(at, 'user');
  const dir = join(home, 'sessions', SESSION);
  const processEnv = { HOME: user, FERMATA_HOME: home, FERMATA_SESSION_DIR: dir, CLAUDE_PROJECT_DIR: project };
  const env = { home, env: processEnv, now: Date.now, timeoutSeconds: 6 };
  const transcript = join(user, '.claude/projects/p/session-1.jsonl');
  /** Fires an event and returns what it prints. */
  const fire = async (event: keyof typeof SAMPLE_FIELDS): Promise<string> => {
    const fields = { session_id: SESSION, hook_event_name: event, cwd: project, transcript_path: transcript };
    let printed = '';
    await dispatch({ ...fields, ...SAMPLE_FIELDS[event] }, env, (reply) => {
      printed = JSON.stringify(reply);
      return true;
    });
    return printed;
  };
  const io = {
    stdout: () => undefined,
    stderr: () => undefined,
    stdin: Readable.from([]),
    env: processEnv,
    cwd: project,
    now: Date.now,
    ancestry: () => [],
  };
  const verbs = [
    ['status', '--json'],
    ['progress', '5', '--worker', 'W1'],
    ['inform', 'news', '--worker', 'W1'],
    ['log', 'text', '--worker', 'W1'],
    ['acquire', 'db', '--worker', 'W1'],
    ['inbox', '--worker', 'W1'],
    ['prune', '--older-than', '90d'],
    ['allow', '--revoke', '--yes'],
    ['export', '--format', 'json', '--out', join(at, 'report.json')],
    ['wait', 'done:W9', '--timeout', '10ms'],
  ];
  const log = (): SessionLog => {
    const opened = new SessionLog(dir);
    opened.refresh();
    return opened;
  };
  const others: Record<string, () => unknown> = {
    'extension: sessions': () => listSessions(home),
    'extension: view': () =>
      toViewModel(log().state, { now: Date.now(), silentSeconds: 60, id: SESSION, live: true, transcript: undefined }),
    'extension: settings': () => loadSettings(home, project),
    'extension: rules': () => projectRules(project, {}).map(({ sha256 }) => isApproved(home, project, sha256)),
    'extension: Claude’s settings': () =>
      (['user', 'local', 'project'] as const).map((scope) =>
        findSettings({ scope, projectDir: project, userHome: user }),
      ),
    'extension: Claude’s processes': () => claudeProcesses(join(user, '.claude')),
    'extension: transcript': () => {
      findTranscript(join(user, '.claude'), { cwd: project, session: SESSION });
      // as long as the extension reads at a time, however much there is
      const endMs = performance.now() + 4;
      return new TranscriptTail(transcript).read(() => performance.now() < endMs);
    },
    'extension: flags': () => consumeFlags(dir, Date.now()),
    'extension: snapshot': () => saveSnapshot(log(), 0),
    'runner: plan': () => planChanges(dir, log().state),
    'runner: claim': () => [claimWorker(dir, 'W1'), runnerState(dir, 'W1', Date.now())],
    'runner: output': () => new BoundedLog(workerPaths(dir, 'W1').stdout, 4096).close(),
    'runner: supervise': () => superviseWorkers({ log: log(), home, maxParallel: 2, env: processEnv, now: Date.now() }),
    'runner: arm': () => armFromState(dir, log().state),
    'hook: foreign writes': () => reportForeignWrites(log(), Date.now()),
  };
  return [
    // the end of the session would end its block
    ...HOOK_EVENTS.filter((event) => event !== 'SessionEnd').map((event) => ({ name: event, act: () => fire(event) })),
    ...verbs.map((args) => ({ name: `fermata ${args.join(' ')}`, act: () => run(VERBS, args, io) })),
    ...Object.entries(others).map(([name, act]) => ({ name, act })),
    { name: 'PreToolUse', act: () => fire('PreToolUse') },
  ];
}

const logBytes = (at: string): number => {
  const stats = lstatOf(sessionPaths(join(at, 'home/sessions', SESSION)).log);
  return stats?.isFile() === true ? stats.size : 0;
};

/** The present time, ms, without that in which this process could have run and others did: that is no fault of its own. */
function ownMs(): number {
  const [, waitedNs = '0'] = readSchedule().split(' ');
  return performance.now() - Number(waitedNs) / 1e6;
}

function readSchedule(): string {
  try {
    return readFileSync('/proc/self/schedstat', 'utf8');
  } catch {
    // only Linux counts it
    return '';
  }
}

/** Does everything in a copy of the template, after `change`. */
async function tryAll(name: string, change: (at: string) => void): Promise<HostileCell> {
  const at = join(root, 'copy');
  cpSync(template, at, { recursive: true, verbatimSymlinks: true });
  change(at);
  const before = fingerprintOf(outside);
  const bytes = logBytes(at);
  const cell: HostileCell = {
    name,
    slowest: { action: '', ms: 0 },
    isOutsideSame: true,
    isRefused: false,
    grownBytes: 0,
  };
  for (const { name: action, act } of actionsOn(at)) {
    process.stdout.write(`at ${name}: ${action}\n`);
    const startedMs = ownMs();
    let answer: unknown;
    try {
      answer = await act();
    } catch {
      // an error is an answer, too: the session goes on
    }
    const ms = Math.round(ownMs() - startedMs);
    if (ms > cell.slowest.ms) cell.slowest = { action, ms };
    if (action === 'PreToolUse') cell.isRefused = JSON.stringify(answer ?? '').includes('not now');
  }
  cell.isOutsideSame = fingerprintOf(outside) === before;
  cell.grownBytes = logBytes(at) - bytes;
  if (kind === 'unremovable') execFileSync('chattr', ['-R', '-i', at], { stdio: 'ignore' });
  rmSync(at, { recursive: true, force: true });
  return cell;
}

async function main(): Promise<void> {
  mkdirSync(join(outside, 'deep'), { recursive: true });
  for (const name of ['precious', 'deep/precious', 'session.json', 'waiter', 'release-B1'])
    writeFileSync(join(outside, name), '{"precious":true}');
  // the processes that a real session would have are this one's parent
  build(template);

  const print = (cell: HostileCell): boolean => process.stdout.write(`${JSON.stringify(cell)}\n`);
  print(await tryAll('nothing', () => undefined));
  for (const name of NAMES) {
    if (only.length > 0 && !only.includes(name)) continue;
    print(
      await tryAll(name, (at) => {
        const path = join(at, name);
        if (kind !== 'unremovable') rmSync(path, { recursive: true, force: true });
        else if (!existsSync(path)) {
          if (!name.includes('/flags/')) return;
          writeFileSync(path, '');
        }
        mkdirSync(join(path, '..'), { recursive: true });
        PUT[kind as Kind](path, outside);
      }),
    );
  }
}

void main();
