import { expect, test } from 'vitest';
import { commandLauncher, gateLauncher } from '#core/install/windowsLaunchers.ts';
import { windowsProblem } from '#core/install/windowsEntry.ts';

const node = String.raw`C:\Program Files (x86)\nodejs\node.exe`;
const options = { node, electron: false, env: {} };

test('the command runs the recorded Node with what it is given, and without the options of an editor’s own Node', () => {
  const text = commandLauncher(options, 'hook ');
  expect(text).toContain(String.raw`"${node}" "%~dp0..\lib\fermata.cjs" hook %*`);
  expect(text).toContain('set "NODE_OPTIONS="');
  expect(text).not.toContain('ELECTRON');
  // cmd.exe finds labels by these line ends
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
});

test('an editor’s own program is Node by a variable, which is set before it is started', () => {
  for (const text of [
    commandLauncher({ ...options, electron: true }, ''),
    gateLauncher({ ...options, electron: true }),
  ])
    expect(text.indexOf('set "ELECTRON_RUN_AS_NODE=1"')).toBeLessThan(text.indexOf(`\r\n"${node}"`));
});

test('a path with other letters than ASCII is written by the variable of its folder, else in UTF-8', () => {
  const env = { LOCALAPPDATA: String.raw`C:\Users\Jürgen\AppData\Local` };
  const code = String.raw`C:\users\JÜRGEN\AppData\Local\Programs\Microsoft VS Code\Code.exe`;
  const byVariable = commandLauncher({ node: code, electron: true, env }, '');
  expect(byVariable).toContain(String.raw`"%LOCALAPPDATA%\Programs\Microsoft VS Code\Code.exe"`);
  expect(byVariable).not.toContain('chcp');
  expect(commandLauncher({ node: String.raw`D:\Prográma\node.exe`, electron: false, env }, '')).toContain('65001');
});

test('a percent sign in a path is none of a variable', () => {
  expect(commandLauncher({ ...options, node: String.raw`C:\100%\node.exe` }, '')).toContain(
    String.raw`"C:\100%%\node.exe"`,
  );
  expect(windowsProblem(String.raw`C:\100%\.fermata`, true, false)).toContain('Install Node 20');
  expect(windowsProblem(String.raw`C:\100%\.fermata`, false, true)).toContain('fermata.failClosed');
  expect(windowsProblem(String.raw`C:\100%\.fermata`, false, false)).toBeUndefined();
  expect(windowsProblem(String.raw`C:\100\.fermata`, true, true)).toBeUndefined();
});

test('the gate refuses before a call alone, and only with the file fail-closed', () => {
  const text = gateLauncher(options);
  const [before = '', after = ''] = text.split('exit /b 2\r\n').slice(-2);
  expect(after).toBe('');
  expect(before).toContain('if not "%~1"=="PreToolUse" exit /b 0\r\n');
  expect(before).toContain('if not exist "%~dp0..\\fail-closed" exit /b 0\r\n');
});
