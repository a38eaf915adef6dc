// Plays Claude Code and a person, within node.exe under wine, or here: windowsDriver.cjs FOLDER CASE. The folder has the build; the case
// is a file whose text runs with these functions. Prints what is wrong, a line each, and exits with their number.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const [root, caseFile] = process.argv.slice(2);
const isWindows = process.platform === 'win32';
const user = path.join(root, "Jo's home");
const project = path.join(root, 'project');
const home = path.join(user, '.fermata');
const session = '11111111-2222-3333-4444-555555555555';
const dir = path.join(home, 'sessions', session);
for (const name of Object.keys(process.env)) if (/^(FERMATA|CLAUDE)/.test(name)) delete process.env[name];
process.env[isWindows ? 'USERPROFILE' : 'HOME'] = user;
if (isWindows) delete process.env.HOME;
for (const each of [user, path.join(project, 'src')]) fs.mkdirSync(each, { recursive: true });

const wrong = [];
const check = (what, right) => void (right || wrong.push(what));
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const until = (held, ms = 40_000) => {
  for (let waited = 0; waited < ms && !held(); waited += 200) sleep(200);
  return held();
};
const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const entry = (event) =>
  JSON.parse(fs.readFileSync(path.join(user, '.claude', 'settings.json'), 'utf8')).hooks[event][0].hooks[0];
/** Runs a program to its end. */
function run(program, args, { input = '', env = {} } = {}) {
  const options = { input, cwd: project, encoding: 'utf8', timeout: 60_000, env: { ...process.env, ...env } };
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  return { code: status, out: stdout ?? '', err: error?.message ?? stderr };
}
/** Fires the installed entry of an event, as Claude Code does. */
function hook(event, more = {}, env = {}) {
  const { command, args } = entry(event);
  const payload = { session_id: session, hook_event_name: event, cwd: project, transcript_path: '/t.jsonl', ...more };
  const ids = { CLAUDE_CODE_SESSION_ID: session, CLAUDE_PROJECT_DIR: project };
  return run(command, args, { input: JSON.stringify(payload), env: { ...ids, ...env } });
}
/** What the hook says of a call: `deny`, `allow`, or nothing. */
function decide(tool, input) {
  const { out } = hook('PreToolUse', { tool_name: tool, tool_input: input, tool_use_id: `t${Math.random()}` });
  return out === '' ? {} : JSON.parse(out).hookSpecificOutput;
}
const cli = (...args) => run(process.execPath, [path.join(home, 'lib', 'fermata.cjs'), ...args]);
const events = () => fs.readFileSync(path.join(dir, 'events.jsonl'), 'utf8');
const install = (env) => run(process.execPath, [path.join(root, 'dist', 'fermata.cjs'), 'install'], { env });
/** Installs and begins a session, in which no call is held. */
function begin() {
  const { code, err } = install();
  check(`fermata install fails: ${err}`, code === 0);
  fs.writeFileSync(path.join(home, 'settings.json'), '{"hold.seconds":0}');
  const started = hook('SessionStart', { source: 'startup' });
  check(`no session begins: ${started.code} ${started.err}`, fs.existsSync(path.join(dir, 'session.json')));
}

const tools = { fs, path, isWindows, root, user, project, home, session, dir, check, until, isAlive, entry, run, hook };
Object.assign(globalThis, tools, { decide, cli, events, install, begin });
require(caseFile);
// console.log needs a pipe of Windows
for (const each of wrong) fs.writeSync(1, `${each}\n`);
process.exit(wrong.length);
