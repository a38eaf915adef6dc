import { describe, expect, test } from 'vitest';
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

describe('as cmd.exe reads them', () => {
  interface Machine {
    /** The files that are there, by their paths. */
    files: string[];
    /** How a program ends, by its path; the others end with 0. */
    codes?: Record<string, number>;
    args?: string[];
  }
  const at = String.raw`C:\fm\hooks\ `.trimEnd();
  const windows = String.raw`C:\Windows`;

  /** Reads as much of cmd.exe as these texts use: what is started with which variables, what is printed, and the exit code. */
  function run(text: string, { files, codes = {}, args = ['PreToolUse', '60'] }: Machine) {
    const rows = text.split('\r\n');
    const env: Record<string, string> = { SystemRoot: windows, ERRORLEVEL: '0', NODE_OPTIONS: '--inspect' };
    const started: { program: string; args: string; env: Record<string, string> }[] = [];
    const printed: string[] = [];
    const expand = (row: string): string =>
      row
        .replaceAll('%~dp0', at)
        .replaceAll('%~1', args[0] ?? '')
        .replaceAll('%*', args.join(' '))
        .replaceAll(/%(\w+)%/g, (_, name: string) => env[name] ?? '');
    let isQuiet = false;
    let next = 0;
    const goTo = (label: string): void => {
      next = rows.indexOf(`:${label}`) + 1;
      if (next === 0) throw new Error(`no label ${label}`);
    };
    for (let steps = 0; steps < 100; steps++) {
      const row = expand(rows[next++] ?? 'exit /b %ERRORLEVEL%');
      const [, not, exists, left, right, action] =
        /^if (not )?(?:exist "([^"]*)"|"([^"]*)"=="([^"]*)") (.*)$/.exec(row) ?? [];
      const command = action ?? row;
      const holds = exists === undefined ? left === right : files.includes(exists);
      if (row === '' || row.startsWith(':') || row.startsWith('rem ') || row === 'setlocal') continue;
      if (row === '@echo off') isQuiet = true;
      else if (action !== undefined && holds === (not !== undefined)) continue;
      else if (command.startsWith('goto ')) goTo(command.slice(5));
      else if (command.startsWith('exit /b '))
        return { code: Number(command.slice(8)), started, printed: printed.join('\n'), isQuiet };
      else if (command.startsWith('echo ')) printed.push(command.slice(5));
      else {
        const [, name, value] = /^set "(\w+)=(.*)"$/.exec(command) ?? [];
        const [, program, rest] = /^"([^"]*)" (.*)$/.exec(command) ?? [];
        if (name !== undefined) env[name] = value ?? '';
        else if (program === undefined) throw new Error(`cannot be read: ${command}`);
        else {
          env['ERRORLEVEL'] = String(codes[program] ?? 0);
          started.push({ program, args: rest ?? '', env: { ...env } });
        }
      }
    }
    throw new Error('it does not end');
  }

  const gate = gateLauncher(options);
  const program = String.raw`${at}hook.cjs`;
  const failClosed = String.raw`${at}..\fail-closed`;
  const findstr = String.raw`${windows}\System32\findstr.exe`;

  test('the command starts Node with the command line, and ends as that ends', () => {
    for (const code of [0, 7]) {
      const done = run(commandLauncher(options, 'hook '), {
        files: [node],
        codes: { [node]: code },
        args: ['a', '"b c"'],
      });
      expect(done).toMatchObject({ code, printed: '', isQuiet: true });
      expect(done.started).toMatchObject([
        { program: node, args: String.raw`"${at}..\lib\fermata.cjs" hook a "b c"`, env: { NODE_OPTIONS: '' } },
      ]);
    }
  });

  test('the command without its Node says so, and fails', () => {
    const { code, started, printed } = run(commandLauncher(options, ''), { files: [] });
    expect([code, started]).toEqual([1, []]);
    expect(printed).toBe(
      String.raw`fermata: there is no Node at the path in "${at}..\runtime"; install the hooks again 1>&2`,
    );
  });

  test.each([
    [0, false, 0],
    [0, true, 0],
    [2, false, 2],
    [2, true, 2],
    [1, false, 0],
    [1, true, 2],
    [-1073741510, true, 2],
  ])('the gate whose program ends with %i, with the file fail-closed: %s, ends with %i', (code, closed, expected) => {
    const files = [node, program, ...(closed ? [failClosed] : [])];
    const done = run(gate, { files, codes: { [node]: code } });
    expect(done).toMatchObject({ code: expected, isQuiet: true });
    expect(done.started).toMatchObject([
      { program: node, args: `"${program}" PreToolUse 60`, env: { NODE_OPTIONS: '' } },
    ]);
    // a refusal of the hook's own has its own words
    expect(done.printed !== '').toBe(expected === 2 && code !== 2);
    if (done.printed !== '') expect(done.printed).toContain(`(code ${code})`);
  });

  test.each([
    ['Node', [program]],
    ['the hook program', [node]],
  ])('the gate without %s reads what it is given, and lets it pass unless calls are to be refused then', (_, files) => {
    const opened = run(gate, { files });
    expect(opened).toMatchObject({ code: 0, printed: '' });
    expect(opened.started.map((each) => each.program)).toEqual([findstr]);
    expect(opened.started[0]?.args).toBe('"^" >nul 2>nul');
    const refused = run(gate, { files: [...files, failClosed] });
    expect(refused.code).toBe(2);
    expect(refused.printed).toContain('(code 127)');
    expect(refused.printed).toMatch(/fermata doctor.*delete fail-closed.* 1>&2$/);
  });

  test('the gate refuses nothing but a call', () => {
    const done = run(gate, { files: [node, program, failClosed], codes: { [node]: 1 }, args: ['Stop', '60'] });
    expect(done).toMatchObject({ code: 0, printed: '' });
  });

  test('what is started has what makes an editor’s program Node, and a console that reads the path', () => {
    const own = String.raw`D:\Prográma\Code.exe`;
    for (const electron of [true, false]) {
      const text = gateLauncher({ node: own, electron, env: {} });
      const { started } = run(text, { files: [own, program] });
      expect(started.map((each) => each.program)).toEqual([String.raw`${windows}\System32\chcp.com`, own]);
      expect(started[0]?.args).toBe('65001 >nul');
      expect(started[1]?.env['ELECTRON_RUN_AS_NODE']).toBe(electron ? '1' : undefined);
    }
  });

  test.each([
    ['the narrowest folder', String.raw`C:\Users\ü\AppData\Roaming\n.exe`, String.raw`"%APPDATA%\n.exe"`],
    ['a folder of another case', String.raw`c:\users\Ü\x\n.exe`, String.raw`"%USERPROFILE%\x\n.exe"`],
    ['no folder whose name it only begins with', String.raw`C:\Users\üx\n.exe`, String.raw`"C:\Users\üx\n.exe"`],
    ['no folder where it has letters of ASCII alone', String.raw`C:\Plain\n.exe`, String.raw`"C:\Plain\n.exe"`],
    ['a folder and its own percent signs', String.raw`C:\Users\ü\100%\n.exe`, String.raw`"%USERPROFILE%\100%%\n.exe"`],
  ])('a path is written by %s', (_, path, written) => {
    const env = {
      APPDATA: String.raw`C:\Users\ü\AppData\Roaming`,
      USERPROFILE: String.raw`C:\Users\ü`,
      LOCALAPPDATA: '',
      ProgramFiles: String.raw`C:\Plain`,
    };
    expect(gateLauncher({ node: path, electron: false, env })).toContain(`if not exist ${written} goto`);
  });
});
