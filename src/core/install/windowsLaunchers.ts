/** The programs that Windows starts by their names: `fermata` in a terminal, and the gate where Node cannot be an entry itself. */

export interface LauncherOptions {
  /** The Node to run, absolute. */
  node: string;
  /** Whether that is an editor's own executable. */
  electron: boolean;
  /** The variables by which the path of that Node is written where it has other letters than ASCII. */
  env: NodeJS.ProcessEnv;
}

/** Folders that a variable names: cmd.exe reads a file in the code page of its console, but variables in Unicode. */
const FOLDERS = ['LOCALAPPDATA', 'APPDATA', 'USERPROFILE', 'ProgramFiles', 'ProgramFiles(x86)'];

/** The text of `fermata.cmd`, which runs the command line. `verb` comes before the arguments. */
export const commandLauncher = (options: LauncherOptions, verb: string): string =>
  lines(
    `rem Runs Fermata's command line with the Node that was found when it was installed.`,
    ...setUp(options),
    `if not exist "${nodePath(options)}" goto gone`,
    `"${nodePath(options)}" "%~dp0..\\lib\\fermata.cjs" ${verb}%*`,
    'exit /b %ERRORLEVEL%',
    ':gone',
    'echo fermata: there is no Node at the path in "%~dp0..\\runtime"; install the hooks again 1>&2',
    'exit /b 1',
  );

/**
 * The text of `gate.cmd <Event> <timeout in seconds>`, which runs the hook program. Only with the file `fail-closed` in the home
 * does a failure refuse a call (exit code 2); otherwise it counts as success, since the entry may refuse for any other code.
 */
export const gateLauncher = (options: LauncherOptions): string =>
  lines(
    'rem Claude Code runs this at hook events where the Node of the hooks cannot be started directly.',
    ...setUp(options),
    'set "code=127"',
    `if not exist "${nodePath(options)}" goto unread`,
    'if not exist "%~dp0hook.cjs" goto unread',
    `"${nodePath(options)}" "%~dp0hook.cjs" %*`,
    'set "code=%ERRORLEVEL%"',
    'if "%code%"=="0" exit /b 0',
    'if "%code%"=="2" exit /b 2',
    'goto failed',
    ':unread',
    // who writes the payload must not meet a closed pipe
    '"%SystemRoot%\\System32\\findstr.exe" "^" >nul 2>nul',
    ':failed',
    'if not "%~1"=="PreToolUse" exit /b 0',
    'if not exist "%~dp0..\\fail-closed" exit /b 0',
    `echo Fermata could not look at this call (code %code%), and the setting fermata.failClosed refuses it then. Run 'fermata doctor', or delete fail-closed in Fermata's folder to go on without. 1>&2`,
    'exit /b 2',
  );

/** An editor's terminal may have options for its own Node. */
const setUp = ({ electron, ...options }: LauncherOptions): string[] => [
  'setlocal',
  'set "NODE_OPTIONS="',
  ...(electron ? ['set "ELECTRON_RUN_AS_NODE=1"'] : []),
  ...(isAscii(nodePath({ electron, ...options })) ? [] : ['"%SystemRoot%\\System32\\chcp.com" 65001 >nul']),
];

/** The path of Node within quotes of a batch file. */
function nodePath({ node, env }: LauncherOptions): string {
  const name = isAscii(node) ? undefined : FOLDERS.find((each) => isIn(node, env[each]));
  const folder = name === undefined ? '' : (env[name] ?? '');
  return (name === undefined ? '' : `%${name}%`) + node.slice(folder.length).replaceAll('%', '%%');
}

const isIn = (path: string, folder: string | undefined): boolean =>
  folder !== undefined && folder !== '' && path.toLowerCase().startsWith(`${folder.toLowerCase()}\\`);

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/** cmd.exe finds a label only in a file with its own line ends. */
const lines = (...rows: string[]): string => ['@echo off', ...rows].map((row) => `${row}\r\n`).join('');
