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
  /** Without a command it starts a shell, which reads its input; if these are not empty, with one of these options. */
  shell?: string;
  /** Operands before the command. */
  operands?: number;
  /** The first word behind its options must be one of these, as in `uv run`; with others it starts nothing. */
  verbs?: readonly string[];
  /** The command stands only behind one of these words. */
  behind?: readonly string[];
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
    shell: 'si',
  },
  doas: { values: 'Cu', shell: 's' },
  run0: { values: 'uDg', long: 'unit property user group chdir setenv slice machine', shell: '' },
  pkexec: { long: 'user' },
  env: { values: 'uCPa', long: 'unset chdir', script: ['-S', '--split-string'], assignments: true },
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
  unshare: { values: 'SGRw', long: 'setuid setgid root wd', shell: '' },
  nsenter: { values: 'tSG', long: 'target setuid setgid', shell: '' },
  chroot: { long: 'userspec groups', operands: 1, shell: '' },
  setpriv: { long: 'reuid regid groups inh-caps ambient-caps bounding-set securebits pdeathsig' },
  'systemd-run': {
    values: 'uMHpEt',
    long: 'unit property setenv slice description machine host uid gid nice working-directory service-type timer-property on-active on-boot on-calendar on-startup',
  },
  'systemd-inhibit': { long: 'what who why mode' },
  'dbus-run-session': {},
  'ssh-agent': { values: 'aEt' },
  'xvfb-run': { values: 'efnpsw', long: 'error-file auth-file server-num xauth-protocol server-args wait' },
  tini: { values: 'epv' },
  'dumb-init': { values: 'r', long: 'rewrite' },
  fakeroot: { values: 'lsib', long: 'lib faked' },
  faketime: { operands: 1 },
  eatmydata: {},
  chronic: {},
  prlimit: { values: 'o', long: 'output' },
  cpulimit: { values: 'lpec', long: 'limit pid exe cpu' },
  numactl: { values: 'NmiCpP', long: 'cpunodebind membind interleave physcpubind preferred' },
  setarch: { operands: 1 },
  linux32: {},
  linux64: {},
  proxychains: { values: 'f' },
  proxychains4: { values: 'f' },
  firejail: {},
  sg: { script: ['-c'], operands: 1 },
  caffeinate: { values: 'tw' },
  arch: { values: 'de' },
  valgrind: {},
  perf: { verbs: ['stat', 'record', 'trace'], values: 'aceFgGIorx', long: 'event output repeat' },
  strace: { values: 'abeEIoOpPsSuUX', long: 'output trace attach user string-limit' },
  rtk: {},
  torsocks: {},
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
    shell: '',
  },
  runuser: { values: 'cugGsw', long: 'user group supp-group shell', script: ['-c', '--command', '--session-command'] },
  flock: { values: 'wEc', long: 'timeout wait conflict-exit-code', script: ['-c', '--command'], operands: 1 },
  entr: {},
  watchexec: { values: 'wefidso', long: 'watch exts filter ignore debounce signal' },
  nodemon: { values: 'weix', long: 'watch ext ignore', script: ['-x', '--exec'] },
  concurrently: { values: 'nlcp', long: 'names prefix-colors max-processes', texts: 'each' },
  screen: { values: 'cehpsStTw' },
  tmux: {
    verbs: 'new new-session neww new-window splitw split-window popup display-popup run run-shell send send-keys'.split(
      ' ',
    ),
    values: 'ceFfhLlnsStxy',
    texts: 'joined',
  },
  watch: { values: 'nq', long: 'interval equexit', texts: 'joined' },
  parallel: {
    values: 'jSIaNnLPd',
    long: 'jobs sshlogin arg-file joblog results delay timeout colsep',
    texts: 'joined',
  },
  sem: { values: 'j', long: 'jobs id', texts: 'joined' },
  hyperfine: {
    values: 'wmMrspcSiNL',
    long: 'warmup min-runs max-runs runs shell export-json',
    script: ['-s', '--setup', '-p', '--prepare', '-c', '--cleanup', '--conclude'],
    texts: 'each',
  },
  npx: { values: 'pcw', long: 'package workspace prefix', script: ['-c', '--call'] },
  npm: { verbs: ['exec', 'x'], values: 'pcwC', long: 'package workspace prefix', script: ['-c', '--call'] },
  bunx: {},
  bun: { verbs: ['x'], long: 'cwd' },
  yarn: { verbs: ['exec', 'dlx'], long: 'cwd' },
  pnpm: { verbs: ['exec', 'dlx'], values: 'CF', long: 'dir filter' },
  uv: {
    verbs: ['run'],
    values: 'pw',
    long: 'with with-editable with-requirements extra group no-group only-group python env-file directory project package index',
  },
  uvx: { values: 'pw', long: 'from with python' },
  poetry: { verbs: ['run'], values: 'CP', long: 'directory project' },
  pipenv: { verbs: ['run'] },
  pdm: { verbs: ['run'], values: 'p', long: 'project' },
  hatch: { verbs: ['run'], values: 'ep', long: 'env project' },
  rye: { verbs: ['run'] },
  pixi: { verbs: ['run'], values: 'e', long: 'environment manifest-path' },
  devbox: { verbs: ['run'], values: 'ce', long: 'config env' },
  bundle: { verbs: ['exec'] },
  direnv: { verbs: ['exec'], operands: 1 },
  mise: { verbs: ['exec', 'x'], behind: ['--'], values: 'C', long: 'cd', script: ['-c', '--command'] },
  asdf: { verbs: ['exec'] },
  pyenv: { verbs: ['exec'] },
  rbenv: { verbs: ['exec'] },
  nvm: { verbs: ['exec'], operands: 1 },
  fnm: { verbs: ['exec'], long: 'using' },
  volta: { verbs: ['run'], long: 'node npm yarn' },
  conda: { verbs: ['run'], values: 'np', long: 'name prefix cwd' },
  mamba: { verbs: ['run'], values: 'np', long: 'name prefix cwd' },
  micromamba: { verbs: ['run'], values: 'np', long: 'name prefix cwd' },
  op: { verbs: ['run'], behind: ['--'] },
  doppler: { verbs: ['run'], behind: ['--'], script: ['--command'] },
  infisical: { verbs: ['run'], behind: ['--'], script: ['--command'] },
  chamber: { verbs: ['exec'], behind: ['--'] },
  'aws-vault': { verbs: ['exec'], operands: 1 },
  'cross-env': { assignments: true },
  'env-cmd': { values: 'fre', long: 'file rc-file environments' },
  dotenv: { values: 'efcpv' },
  dotenvx: { verbs: ['run'], values: 'fe', long: 'env-file env' },
  wsl: { values: 'du', long: 'distribution user cd shell-type' },
  cmd: { behind: ['/c', '/C', '/k', '/K', '//c', '//C', '//k', '//K'], texts: 'joined' },
  powershell: { behind: ['-c', '-C', '-command', '-Command'], texts: 'joined' },
  pwsh: { behind: ['-c', '-C', '-command', '-Command'], texts: 'joined' },
  nix: { verbs: ['develop', 'shell'], behind: ['-c', '--command'] },
  'nix-shell': { values: 'pAIE', long: 'packages attr', script: ['--run', '--command'], operands: 9, shell: '' },
  fermata: { verbs: ['with-lock', 'spawn'], behind: ['--'] },
};
