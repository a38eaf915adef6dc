import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What came of one name in a home or a project in whose place something else was. */
export interface HostileCell {
  name: string;
  /** The action that took longest, without the time for which the machine had others at work. */
  slowest: { action: string; ms: number };
  isOutsideSame: boolean;
  /** Whether the block that was published before refuses the last call. */
  isRefused: boolean;
  /** How much the log has grown. */
  grownBytes: number;
}

export type Kind = 'pipe' | 'folder' | 'zeros' | 'link' | 'linkedFolder' | 'socket' | 'large' | 'bytes' | 'unremovable';

/** Puts one of these at a path. */
export const PUT: Record<Kind, (path: string, outside: string) => void> = {
  pipe: (path) => void execFileSync('mkfifo', [path]),
  folder: (path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'inside'), 'text');
  },
  zeros: (path) => symlinkSync('/dev/zero', path),
  link: (path, outside) => symlinkSync(join(outside, 'precious'), path),
  linkedFolder: (path, outside) => symlinkSync(outside, path),
  // a server that is gone leaves its socket
  socket: (path) =>
    void spawnSync(
      process.execPath,
      [
        '-e',
        "process.chdir(require('path').dirname(process.argv[1])); require('net').createServer().listen(require('path').basename(process.argv[1]), () => process.kill(process.pid, 'SIGKILL'))",
        path,
      ],
      { stdio: 'ignore' },
    ),
  large: (path) => {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 30);
  },
  bytes: (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0xff, 0x0a, 0xc3])),
  unremovable: (path) => void execFileSync('chattr', ['+i', path], { stdio: 'ignore' }),
};

const SESSION = 'home/sessions/session-1';

/** What may be in a home, a project and a person's folder. */
export const NAMES = [
  ...['settings.json', 'approved.json', 'key', 'logs', 'logs/hook.log', 'logs/hook.log.1', 'cache', 'projects'].map(
    (name) => `home/${name}`,
  ),
  ...['cache/history.json', 'sessions', 'sessions/other'].map((name) => `home/${name}`),
  SESSION,
  ...[
    'session.json',
    'events.jsonl',
    'snapshot.json',
    'armed',
    'armed/PreToolUse',
    'armed/PreToolUse/x',
    'armed/Stop',
  ].map((name) => `${SESSION}/${name}`),
  ...[
    'flags',
    'flags/release-B1',
    'flags/abort-session',
    'flags/answer-a1',
    'flags/x',
    'flags/x.tmp',
    'flags-ignored',
  ].map((name) => `${SESSION}/${name}`),
  ...['set-aside', 'waiter', 'runs', 'runs/R1', 'runs/R1/plan.json', 'workers', 'workers/W1', 'workers/W1/out'].map(
    (name) => `${SESSION}/${name}`,
  ),
  ...['workers/W1/run', 'workers/W1/sent', 'workers/W1/stdout.log', 'workers/W1/stdout.pipe'].map(
    (name) => `${SESSION}/${name}`,
  ),
  ...['.claude', '.claude/settings.json', '.claude/settings.local.json', '.fermata', '.fermata/rules.json'].map(
    (name) => `project/${name}`,
  ),
  ...['.claude', '.claude/settings.json', '.claude/sessions', '.claude/sessions/1.json', '.claude.json'].map(
    (name) => `user/${name}`,
  ),
  'user/.claude/projects/p/session-1.jsonl',
];
