import { homedir, hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { readLinkedBytes } from '#core/base/files/readFile.ts';
import { statOf } from '#core/base/files/facts.ts';

/** How a machine proves to the server who it is. */
export type Credentials =
  | { kind: 'creds'; text: string }
  | { kind: 'nkey'; seed: string }
  | { kind: 'password'; user: string; password: string }
  | { kind: 'token'; token: string };

/** All that is needed to reach the server of a space. */
export interface Connection {
  /** URLs as in the setting, each on this machine or encrypted. */
  servers: string[];
  encrypted: boolean;
  /** The authorities whose certificates count, PEM; undefined for those of Node. */
  ca?: string;
  credentials?: Credentials;
  /** This machine's name in the space. */
  name: string;
  space: string;
}

/** The settings that a connection is made of. */
export interface ConnectionSettings {
  'machines.url': string;
  'machines.creds': string;
  'machines.ca': string;
  'machines.name': string;
  'machines.space': string;
}

/** The settings cannot make a connection; the message is a sentence for the person. */
export class ConnectionProblem extends Error {}

const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;
const MAX_CREDENTIALS_BYTES = 65_536;
const MAX_CA_BYTES = 1 << 20;

/** This machine's name where no setting gives one: its host name up to the first dot, in letters that a subject may have. */
export const defaultName = (host = hostname()): string =>
  (host.split('.')[0] ?? '').replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 64) || 'machine';

/**
 * The connection that the settings describe; undefined without a URL. Reads the credentials file and the certificates of the
 * authorities. Throws ConnectionProblem.
 */
export function readConnection(settings: ConnectionSettings): Connection | undefined {
  const url = settings['machines.url'].trim();
  if (url === '') return undefined;
  // before it is taken apart: a password may have a comma, and no part of one is shown
  if (url.includes('@'))
    throw new ConnectionProblem(
      'fermata.machines.url has a user or a password in it: put them into a file that only you can read, and name it in fermata.machines.creds',
    );
  const servers = url.split(',').map((each) => each.trim());
  const encrypted = servers.map(isEncrypted);
  if (new Set(encrypted).size > 1)
    throw new ConnectionProblem('fermata.machines.url names servers with tls:// and without: give all of them alike');
  const name = settings['machines.name'] || defaultName();
  const { 'machines.space': space, 'machines.creds': creds, 'machines.ca': ca } = settings;
  for (const [setting, value] of [
    ['name', name],
    ['space', space],
  ] as const)
    if (!TOKEN.test(value))
      throw new ConnectionProblem(
        `fermata.machines.${setting} is ${JSON.stringify(value.slice(0, 80))}: it may have letters, digits, "-" and "_", at most 128`,
      );
  return {
    servers,
    encrypted: encrypted[0] === true,
    ...(ca !== '' && { ca: readCa(personPath(ca, 'ca')) }),
    ...(creds !== '' && { credentials: readCredentials(personPath(creds, 'creds')) }),
    name,
    space,
  };
}

/** Whether the way to a server is encrypted; one that is not must lead to this machine. Throws ConnectionProblem. */
function isEncrypted(server: string): boolean {
  const shown = JSON.stringify(server.slice(0, 200));
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^(nats|tls):$/.test(url.protocol) || url.hostname === '')
    throw new ConnectionProblem(
      `fermata.machines.url is ${shown}: it must be like tls://host:4222, or nats://127.0.0.1:4222 on this machine`,
    );
  if (url.protocol === 'tls:') return true;
  if (isLoopback(url.hostname)) return false;
  throw new ConnectionProblem(
    `${shown} is another machine, and nats:// is not encrypted: use tls://, or a tunnel of ssh that ends at 127.0.0.1`,
  );
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/** A path of a setting, in which `~` is the person's home. */
export const fullPath = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(process.env['HOME'] || homedir(), path.slice(1)) : path;

/** The same; throws ConnectionProblem for a relative one. */
function personPath(path: string, setting: 'ca' | 'creds'): string {
  const full = fullPath(path);
  if (isAbsolute(full)) return full;
  throw new ConnectionProblem(
    `fermata.machines.${setting} is "${path}": it must be an absolute path, or begin with ~/`,
  );
}

/** Reads a credentials file, which must be for its owner alone. Throws ConnectionProblem. */
function readCredentials(path: string): Credentials {
  const mode = statOf(path)?.mode;
  if (mode === undefined)
    throw new ConnectionProblem(`the credentials file ${path} is not there (fermata.machines.creds)`);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new ConnectionProblem(
      `the credentials file ${path} can be read by others (mode ${(mode & 0o777).toString(8)}): run chmod 600 on it`,
    );
  const credentials = parseCredentials(readPersonsFile(path, MAX_CREDENTIALS_BYTES));
  if (credentials !== undefined) return credentials;
  throw new ConnectionProblem(
    `the credentials file ${path} has none that Fermata knows: a .creds file, an nkey seed, the two lines "user: …" and "password: …", or "token: …"`,
  );
}

/** The credentials in a text; undefined where there are none. Pure. */
export function parseCredentials(text: string): Credentials | undefined {
  // its reader takes line breaks of one form alone, also after the last line
  if (text.includes('-----BEGIN NATS USER JWT-----'))
    return { kind: 'creds', text: `${text.replaceAll('\r\n', '\n').trimEnd()}\n` };
  const seed = /^SU[A-Z2-7]{56}$/m.exec(text)?.[0];
  if (seed !== undefined) return { kind: 'nkey', seed };
  const value = (name: string): string | undefined =>
    new RegExp(`^[ \\t]*${name}[ \\t]*[:=][ \\t]*(\\S.*?)[ \\t]*\\r?$`, 'm').exec(text)?.[1];
  const [user, password, token] = [value('user'), value('password'), value('token')];
  if (user !== undefined && password !== undefined) return { kind: 'password', user, password };
  return token === undefined ? undefined : { kind: 'token', token };
}

function readCa(path: string): string {
  const text = readPersonsFile(path, MAX_CA_BYTES);
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new ConnectionProblem(`${path} has no certificate in PEM (fermata.machines.ca)`);
}

function readPersonsFile(path: string, maxBytes: number): string {
  try {
    // editors on Windows put a mark before the text
    return readLinkedBytes(path, maxBytes)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
  } catch (error) {
    throw new ConnectionProblem(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
