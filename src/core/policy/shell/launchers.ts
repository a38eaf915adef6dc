/** Programs that start another one: where in their arguments the command is. */

/** Where a launcher has the command that it starts. */
export interface Launcher {
  /** Its options with one letter that take a value. */
  values?: string;
  /** Its long options that take a value in the next argument. */
  long?: string;
  /** Options whose value is a text for a shell. */
  script?: readonly string[];
  /** Options with which it starts nothing. */
  only?: string;
  /** Operands before the command. */
  operands?: number;
  /** The first word must be one of these, as in `uv run`; with others it starts nothing. */
  verbs?: readonly string[];
  /** The command stands only behind `--`. */
  behindDashes?: true;
  /** Its operands are one text for a shell, or each of them is one. */
  texts?: 'joined' | 'each';
  /** Assignments may stand before the command. */
  assignments?: true;
}

export const LAUNCHERS: Readonly<Record<string, Launcher | undefined>> = {
  sudo: {
    values: 'CDghpRrtTUu',
    long: 'close-from chdir group host prompt chroot role type command-timeout other-user user',
    assignments: true,
  },
  doas: { values: 'Cu' },
  pkexec: { long: 'user' },
  env: { values: 'uCP', long: 'unset chdir', script: ['-S', '--split-string'], assignments: true },
  nice: { values: 'n', long: 'adjustment' },
  ionice: { values: 'cnPu', long: 'class classdata' },
  chrt: { values: 'TPD', operands: 1 },
  taskset: { operands: 1 },
  timeout: { values: 'ks', long: 'kill-after signal', operands: 1 },
  gtimeout: { values: 'ks', long: 'kill-after signal', operands: 1 },
  time: { values: 'fo', long: 'format output' },
  nohup: {},
  setsid: {},
  stdbuf: { values: 'ioe', long: 'input output error' },
  unbuffer: {},
  unshare: { values: 'SGRw', long: 'setuid setgid root wd' },
  nsenter: { values: 'tSG', long: 'target setuid setgid' },
  chroot: { long: 'userspec groups', operands: 1 },
  setpriv: { long: 'reuid regid groups inh-caps ambient-caps bounding-set securebits pdeathsig' },
  'systemd-run': { values: 'uMHpEt', long: 'unit property setenv slice description machine host uid gid' },
  'systemd-inhibit': { long: 'what who why mode' },
  'dbus-run-session': {},
  fakeroot: {},
  caffeinate: { values: 'tw' },
  arch: {},
  strace: { values: 'abeEIoOpPsSuUX' },
  ltrace: { values: 'aAeFlnopsuwxX' },
  gosu: { operands: 1 },
  'su-exec': { operands: 1 },
  noglob: {},
  nocorrect: {},
  command: { only: 'vV' },
  builtin: {},
  exec: { values: 'a' },
  busybox: {},
  toybox: {},
  winpty: {},
  rlwrap: {},
  script: {
    values: 'cEIOBTm',
    long: 'echo log-in log-out log-io log-timing logging-format',
    script: ['-c', '--command'],
    operands: 1,
  },
  su: {
    values: 'cgGswT',
    long: 'group supp-group shell',
    script: ['-c', '--command', '--session-command'],
    operands: 9,
  },
  runuser: { values: 'cugGsw', long: 'user group supp-group shell', script: ['-c', '--command', '--session-command'] },
  flock: { values: 'wEc', long: 'timeout wait conflict-exit-code', script: ['-c', '--command'], operands: 1 },
  watch: { values: 'nq', long: 'interval equexit', texts: 'joined' },
  parallel: {
    values: 'jSIaNnLPd',
    long: 'jobs sshlogin arg-file joblog results delay timeout colsep',
    texts: 'joined',
  },
  sem: { values: 'j', long: 'jobs id', texts: 'joined' },
  hyperfine: {
    values: 'wmMrspcSiNL',
    long: 'warmup min-runs max-runs runs setup prepare cleanup shell export-json',
    texts: 'each',
  },
  npx: { values: 'pc', long: 'package', script: ['-c', '--call'] },
  npm: { verbs: ['exec', 'x'], values: 'pc', long: 'package', script: ['-c', '--call'] },
  bunx: {},
  yarn: { verbs: ['exec', 'dlx'] },
  pnpm: { verbs: ['exec', 'dlx'] },
  uv: { verbs: ['run'] },
  poetry: { verbs: ['run'] },
  pipenv: { verbs: ['run'] },
  bundle: { verbs: ['exec'] },
  direnv: { verbs: ['exec'], operands: 1 },
  mise: { verbs: ['exec', 'x'] },
  asdf: { verbs: ['exec'] },
  pyenv: { verbs: ['exec'] },
  rbenv: { verbs: ['exec'] },
  volta: { verbs: ['run'], long: 'node npm yarn' },
  conda: { verbs: ['run'], values: 'np', long: 'name prefix cwd' },
  op: { verbs: ['run'], behindDashes: true },
  doppler: { verbs: ['run'], behindDashes: true, script: ['--command'] },
  'nix-shell': { values: 'pAIE', long: 'packages attr', script: ['--run', '--command'], operands: 9 },
  fermata: { verbs: ['with-lock', 'spawn'], behindDashes: true },
};
