import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { statOf } from '#core/base/files/facts.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { asRecord, readJson } from '#core/base/json.ts';
import { homePaths } from '#core/base/paths.ts';
import { readValues } from '#core/base/settings.ts';
import { serverConfig, type ServedMachine } from '#core/machines/serverConfig.ts';
import { isToken } from '#core/machines/subjects.ts';
import { refused } from './exit.ts';

const PASSWORD_BYTES = 24;
/** Debian puts servers where only root's PATH leads. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/** What `fermata machines serve` keeps below the home. */
export const servedPaths = (home: string) => {
  const folder = homePaths(home).served;
  return {
    folder,
    config: join(folder, 'nats.conf'),
    machines: join(folder, 'machines.json'),
    store: join(folder, 'store'),
    log: join(folder, 'server.log'),
    credentials: (machine: string): string => join(folder, `${machine}.creds`),
  };
};

/** The nats-server on this machine. Throws a refusal with where to get one. */
export function findServer(env: NodeJS.ProcessEnv): string {
  const folders = [...(env['PATH'] ?? '').split(delimiter), ...MORE_FOLDERS].filter((folder) => folder.startsWith('/'));
  const found = folders.map((folder) => join(folder, 'nats-server')).find((path) => statOf(path)?.isFile() === true);
  if (found !== undefined) return found;
  throw refused(
    'no nats-server is on this machine: install it (apt install nats-server, brew install nats-server, or a release of github.com/nats-io/nats-server), and call this again',
  );
}

interface ServeOptions {
  home: string;
  port: number;
  space: string;
  /** This machine first. */
  names: readonly string[];
}

/**
 * Writes the server's configuration and a file of credentials for each machine. A machine that had a password keeps it, also where
 * it is not named this time. Returns the machines. Throws the system's error.
 */
export function writeServed({ home, port, space, names }: ServeOptions): ServedMachine[] {
  const paths = servedPaths(home);
  makeFolder(paths.store);
  const known = Object.entries(asRecord(readJson(paths.machines))).flatMap(([name, password]) =>
    isToken(name) && typeof password === 'string' && isToken(password) ? [[name, password] as const] : [],
  );
  const passwords = new Map(known);
  for (const name of names)
    if (!passwords.has(name)) passwords.set(name, randomBytes(PASSWORD_BYTES).toString('base64url'));
  const machines = [...passwords].map(([name, password]) => ({ name, password }));
  const write = (path: string, text: string): void => void writeFileAtomic(path, text, { mode: 0o600 });
  write(paths.machines, `${JSON.stringify(Object.fromEntries(passwords), null, 2)}\n`);
  write(paths.config, serverConfig({ port, space, store: paths.store, machines }));
  for (const { name, password } of machines) write(paths.credentials(name), `user: ${name}\npassword: ${password}\n`);
  return machines;
}

/** Puts values into the settings file of a home where it has none of their names. Returns the names. Throws the system's error. */
export function setUnsetSettings(home: string, values: Record<string, string>): string[] {
  const { settings } = homePaths(home);
  const present = statOf(settings) === undefined ? {} : readValues(settings);
  const unset = Object.entries(values).filter(([name]) => !Object.hasOwn(present, name));
  if (unset.length > 0)
    writeFileAtomic(settings, `${JSON.stringify({ ...present, ...Object.fromEntries(unset) }, null, 2)}\n`, {
      mode: 0o600,
    });
  return unset.map(([name]) => name);
}

/** Runs the server until it ends or is interrupted; its exit code. */
export async function runServer(program: string, home: string): Promise<number> {
  const { config, log } = servedPaths(home);
  let [isStopped, stop] = [false, (): void => {}];
  // before the server is there: a signal in between would leave it behind. Where a terminal is closed the server takes SIGHUP for a
  // wish to read its configuration again, and would stay
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      isStopped = true;
      stop();
    });
  const child = spawn(program, ['-c', config, '-l', log], { stdio: ['ignore', 'ignore', 'inherit'] });
  stop = () => void child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  return isStopped ? 0 : (code ?? 1);
}
