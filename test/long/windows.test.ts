import { afterAll, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { fetchWindowsNode, runHere, runOnWindows, windowsIsMissing } from '#test/lib/windows.ts';

fetchWindowsNode();
const missing = windowsIsMissing();
if (missing !== undefined) console.log(missing);

afterAll(removeTempDirs);

/** Each runs here, too, where that makes sense. */
const CASES: [name: string, text: string, control: boolean][] = [
  [
    'doctor finds in order what was installed',
    `install();
const { code, out } = run(process.execPath, [path.join(home, 'lib', 'fermata.cjs'), 'doctor']);
check(out, code === 0);`,
    true,
  ],
  [
    'an editor’s own program is never started without the variable that makes it Node',
    `begin();
const record = path.join(home, 'runtime');
const own = path.join(root, 'as-node.txt');
fs.appendFileSync(path.join(home, 'hooks', 'hook.cjs'), '');
fs.writeFileSync(record, process.execPath + '\\nelectron\\n');
run(process.execPath, [path.join(home, 'lib', 'fermata.cjs'), 'install', '--scope', 'user']);
check('a launcher starts it: ' + entry('Stop').command, /cmd\\.exe$/.test(entry('Stop').command));
fs.writeFileSync(path.join(home, 'hooks', 'hook.cjs'), 'require("fs").writeFileSync(' + JSON.stringify(own) + ', String(process.argv.slice(2)))');
hook('Stop');
check('it was started with its event', fs.existsSync(own) && fs.readFileSync(own, 'utf8') === 'Stop,86400');`,
    false,
  ],
  [
    'with failClosed a hook that is broken refuses, and one that is gone with the home does not',
    `begin();
cli('block', 'no', '--worker', 'W1');
fs.writeFileSync(path.join(home, 'fail-closed'), '');
cli('install');
check('all is well', hook('PreToolUse', { tool_name: 'Read', tool_input: { file_path: 'x' } }).code === 0);
fs.renameSync(path.join(home, 'hooks', 'hook.cjs'), path.join(home, 'hooks', 'gone.cjs'));
const { code, err } = hook('PreToolUse', { tool_name: 'Read', tool_input: { file_path: 'x' } });
check('a hook that cannot run refuses: ' + code, code === 2 && err.includes('failClosed'));
fs.renameSync(home, home + '.gone');
check('without the home nothing refuses', hook('PreToolUse', { tool_name: 'Read', tool_input: {} }).code !== 2);`,
    true,
  ],
  [
    'paths in any spelling are the file that they name',
    `begin();
fs.writeFileSync(path.join(project, 'src', 'a.ts'), '');
const file = path.join(project, 'src', 'a.ts');
const globs = ['src/**', '**/*.ts', path.join(project, 'src') + path.sep + '*', ...(isWindows ? ['src\\\\**', 'SRC/A.ts', '.\\\\src\\\\a.ts'] : [])];
const below = isWindows ? [file.replace(/^C:/, 'c:'), '/c' + file.slice(2).replaceAll('\\\\', '/'), '\\\\\\\\?\\\\' + file, 'src\\\\..\\\\src\\\\A.TS'] : [];
for (const glob of globs) {
  cli('block', 'mine', '--tool', 'Edit', '--path', glob, '--worker', 'W1');
  for (const file_path of [file, 'src/a.ts', ...below])
    check(glob + ' means ' + file_path, decide('Edit', { file_path, old_string: 'a', new_string: 'b' }).permissionDecision === 'deny');
  check(glob + ' means no other', decide('Edit', { file_path: path.join(project, 'b.txt'), old_string: 'a', new_string: 'b' }).permissionDecision !== 'deny');
  cli('unblock', '--worker', 'W1');
}`,
    true,
  ],
  [
    'a worker runs with its PATH, and the clients start the command',
    `begin();
const worker = path.join(project, 'w.mjs');
fs.writeFileSync(worker, \`import { pathToFileURL } from 'node:url';
const { inform } = await import(pathToFileURL(process.env.FERMATA_HOME + '/clients/worker.mjs').href);
await inform('from the client');
console.log(process.env.PATH.length > 60 ? 'a PATH' : process.env.PATH);\`);
cli('spawn', '--', process.execPath, worker);
check('it ends well: ' + (/"t":"exit".*/.exec(events())?.[0]), until(() => events().includes('"code":0')));
check('its information is there', events().includes('from the client'));
check('PATH', !isWindows || fs.readFileSync(path.join(dir, 'workers', 'W1', 'stdout.log'), 'utf8') === 'a PATH\\n');`,
    true,
  ],
  [
    'a program that is a .cmd file gets every word as it is',
    `const tools = path.join(root, 'the tools');
fs.mkdirSync(tools);
fs.writeFileSync(path.join(tools, 'print.js'), 'console.log(JSON.stringify(process.argv.slice(2)))');
fs.writeFileSync(path.join(tools, 'npm.cmd'), '@echo off\\r\\n"' + process.execPath + '" "%~dp0print.js" %*\\r\\n');
fs.writeFileSync(path.join(tools, 'npm'), '#!/bin/sh\\nexec "' + process.execPath + '" "' + tools + '/print.js" "$@"\\n', { mode: 0o755 });
const name = Object.keys(process.env).find((each) => each.toUpperCase() === 'PATH');
process.env[name] = tools + path.delimiter + process.env[name];
begin();
const words = ['a b', '100%', '%PATH%', '%USERPROFILE', 'say "x"&echo y', '"', 'back\\\\', 'a\\\\"b', '^caret^', '', '!x!', '(a|b)<c>', 'é€']
  // the cmd.exe of wine puts values into what a .cmd file hands on as well
  .filter((each) => !isWindows || !each.includes('%'));
cli('spawn', '--', 'npm', ...words);
check('spawn: ' + (/"t":"exit".*/.exec(events())?.[0]), until(() => /"t":"exit".*"code":0/.test(events())));
const printed = () => fs.readFileSync(path.join(dir, 'workers', 'W1', 'stdout.log'), 'utf8').trim();
check('got ' + printed(), printed() === JSON.stringify(words));
const locked = cli('with-lock', 'db', '--', 'npm', ...words);
check('with-lock: ' + locked.code + locked.out + locked.err, locked.out.trim() === JSON.stringify(words));
cli('spawn', '--', 'npm', 'a\\nb');
check('a line break is refused with the reason', until(() => isWindows ? events().includes('takes no line break') : events().split('"t":"exit"').length > 2));`,
    true,
  ],
  [
    'an aborted worker ends with what it has started',
    `begin();
fs.writeFileSync(path.join(root, 'child.js'), 'require("fs").writeFileSync(' + JSON.stringify(path.join(root, 'child.pid')) + ', String(process.pid)); setTimeout(() => 0, 60000);');
fs.writeFileSync(path.join(root, 'parent.js'), 'require("child_process").spawnSync(process.execPath, [' + JSON.stringify(path.join(root, 'child.js')) + '])');
cli('spawn', '--', process.execPath, path.join(root, 'parent.js'));
check('it runs', until(() => fs.existsSync(path.join(root, 'child.pid'))));
const pid = Number(fs.readFileSync(path.join(root, 'child.pid'), 'utf8'));
cli('abort', 'W1');
check('its child has ended, or is named', until(() => !isAlive(pid) || events().includes('process ' + pid)));
check('and so has it', until(() => events().includes('"t":"exit"')));`,
    true,
  ],
  [
    'a rule’s shell runs plain commands, and without Git Bash refuses others when it is read',
    `begin();
fs.mkdirSync(path.join(project, '.fermata'));
const rules = (shell) => fs.writeFileSync(path.join(project, '.fermata', 'rules.json'), JSON.stringify({ version: 1, rules: [{ name: 'r', prompt: 'merge', workers: [{ task: 'Run', run: { shell } }] }] }));
rules('echo hi && echo there');
const allowed = cli('allow', '--project', '.');
check('it is approved: ' + allowed.err, allowed.code === 0);
const prompted = hook('UserPromptSubmit', { prompt: 'merge' });
check('it starts: ' + prompted.out, prompted.out.includes('started'));
check('it runs: ' + (/"t":"exit".*/.exec(events())?.[0]), until(() => /"t":"exit".*"code":0/.test(events())));
rules('for f in *; do echo "$f"; done');
const { out, err } = cli('allow', '--project', '.', '--try', 'merge');
check('without Git Bash: ' + out + err, (out + err).includes('needs Git Bash') === isWindows);`,
    // here the one who plays Claude may not approve its own rules
    false,
  ],
  [
    'Git Bash can read the environment file',
    `begin();
const file = path.join(root, 'env.sh');
hook('SessionStart', { source: 'startup' }, { CLAUDE_ENV_FILE: file });
const text = fs.readFileSync(file, 'utf8');
check(text, !/[A-Za-z]:|\\\\(?!'')/.test(text.replaceAll("'\\\\''", '').replaceAll('{CLAUDE_CODE_SESSION_ID:', '')));`,
    true,
  ],
];

const isHere = process.platform === 'win32';
test.each(CASES.filter(([, , control]) => control || isHere))('here: %s', async (_, text) => {
  expect(await runHere(text)).toBe('');
});

test.skipIf(missing !== undefined).each(CASES)('on Windows: %s', async (_, text) => {
  expect(await runOnWindows(text)).toBe('');
});
