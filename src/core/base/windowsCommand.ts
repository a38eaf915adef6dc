import { win32 } from 'node:path';
import { statOf } from './files/facts.ts';
import { cmdProgram } from './shellProgram.ts';
import { batchCommand, PERCENT } from './shellQuote.ts';
import { nativePath } from './windowsPath.ts';

/** How a command is started, as `spawn` of Node takes it. */
interface Startable {
  program: string;
  args: string[];
  /** With `windowsVerbatimArguments` the arguments are a text that is quoted already. */
  options: { env: NodeJS.ProcessEnv; windowsVerbatimArguments?: true };
}

/** The endings of programs where the environment names none. */
const ENDINGS = '.COM;.EXE;.BAT;.CMD';

const isFile = (path: string): boolean => statOf(path)?.isFile() === true;

/**
 * A command as it can be started on this system. Windows itself starts only .exe and .com; npm, npx and most programs that npm
 * installs are .cmd files, which cmd.exe runs. A name is looked for in the absolute folders of PATH with the endings of
 * PATHEXT, not in the folder that one is in; a path that has no ending gets one, too. Throws a sentence where an argument cannot
 * be given to a .cmd file.
 * @param env the variables of the command
 * @param cwd the folder that it is started in
 */
export function startable(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  platform: NodeJS.Platform = process.platform,
  isThere: (path: string) => boolean = isFile,
): Startable {
  if (platform !== 'win32' || program === '') return { program, args, options: { env } };
  const path = programPath(program, env, cwd, isThere);
  if (path === undefined || !/\.(?:bat|cmd)$/i.test(path)) return { program: path ?? program, args, options: { env } };
  const broken = [path, ...args].find((word) => /[\r\n\0]/.test(word));
  if (broken !== undefined)
    throw new Error(`cmd.exe, which runs ${win32.basename(path)}, takes no line break in an argument`);
  // extensions on, delayed expansion off, no commands of the registry; /s takes off the outer quotes alone
  const text = `"${batchCommand([path, ...args])}"`;
  return {
    program: cmdProgram(env),
    args: ['/d', '/e:on', '/v:off', '/s', '/c', text],
    options: { env: { ...env, [PERCENT]: '%' }, windowsVerbatimArguments: true },
  };
}

/** Where a program is; undefined where it is not found. */
function programPath(
  program: string,
  env: NodeJS.ProcessEnv,
  cwd: string,
  isThere: (path: string) => boolean,
): string | undefined {
  const native = nativePath(program, 'win32');
  const isName = win32.basename(native) === native;
  const dirs = valueOf(env, 'PATH')
    .split(';')
    .map((dir) => dir.replaceAll('"', ''))
    .filter((dir) => win32.isAbsolute(dir));
  const places = isName ? dirs.map((dir) => win32.join(dir, native)) : [win32.resolve(cwd, native)];
  const endings = (valueOf(env, 'PATHEXT') || ENDINGS).toLowerCase().split(';').filter(isEnding);
  const hasEnding = endings.includes(win32.extname(native).toLowerCase());
  const paths = places.flatMap((place) => [...(hasEnding ? [place] : []), ...endings.map((ending) => place + ending)]);
  return paths.find(isThere);
}

/** Others, such as .js and .vbs, are started by what the person has set for them. */
const isEnding = (ending: string): boolean => ENDINGS.toLowerCase().split(';').includes(ending);

const valueOf = (env: NodeJS.ProcessEnv, name: string): string =>
  env[Object.keys(env).findLast((each) => each.toUpperCase() === name) ?? name] ?? '';
