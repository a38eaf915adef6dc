import { constants, type WatchListener } from 'node:fs';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { SimulatedStats, systemError, type Inode, type Kind } from './disk.ts';
import { machineNow, processNow } from './machine.ts';
import type { OpenFile } from './process.ts';
import { systemText } from './procFiles.ts';

// The part of `node:fs` that Fermata's programs use, on the disk of the present machine. Each function is one system call,
// or as many as Node makes of it where another process could run in between.

type Path = string | Buffer;
type Data = string | Uint8Array;

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
const FLAGS: Record<string, number> = {
  r: 0,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_EXCL | O_TRUNC,
  a: O_WRONLY | O_CREAT | O_APPEND,
};

const textOf = (path: Path): string => {
  const text = typeof path === 'string' ? path : path.toString('utf8');
  return text.startsWith('/') ? text : join(processNow().cwd, text);
};
/** What a program reads of the machine once and keeps: no step, since the next process has it from the one before. */
const isConstant = (path: string): boolean =>
  path === '/etc/machine-id' || path === '/proc/sys/kernel/random/boot_id' || path === '/proc/self/ns/pid';
const isOfSystem = (path: string): boolean => path.startsWith('/proc') || path === '/etc/machine-id';

function full(call: string, path: string): Error {
  machineNow().disk.onFull();
  return systemError('ENOSPC', call, path);
}

export function openSync(path: Path, flags: string | number = 'r', mode = 0o666): number {
  const machine = machineNow();
  const name = textOf(path);
  machine.call('open', name);
  const bits = typeof flags === 'number' ? flags : (FLAGS[flags] ?? 0);
  const { disk } = machine;
  const access = bits & (O_WRONLY | O_RDWR);
  const place = disk.find(name, 'open', (bits & O_NOFOLLOW) === 0 && (bits & O_EXCL) === 0);
  let { inode } = place;
  if (inode !== undefined && (bits & O_CREAT) !== 0 && (bits & O_EXCL) !== 0) throw systemError('EEXIST', 'open', name);
  if (inode === undefined) {
    if ((bits & O_CREAT) === 0) throw systemError('ENOENT', 'open', name);
    if (disk.room <= 0) throw full('open', name);
    inode = disk.make('file', mode & ~0o022);
    disk.enter(place, inode, 'open', name);
  } else {
    if (inode.kind === 'link') throw systemError('ELOOP', 'open', name);
    if (inode.kind === 'folder' && (access !== 0 || (bits & O_CREAT) !== 0)) throw systemError('EISDIR', 'open', name);
    if ((bits & O_DIRECTORY) !== 0 && inode.kind !== 'folder') throw systemError('ENOTDIR', 'open', name);
    if (access !== O_WRONLY && (inode.mode & 0o400) === 0) throw systemError('EACCES', 'open', name);
    if (access !== 0 && (inode.mode & 0o200) === 0) throw systemError('EACCES', 'open', name);
    if (inode.kind === 'pipe' && access === O_WRONLY && inode.openToRead === 0)
      throw systemError('ENXIO', 'open', name);
    if ((bits & O_TRUNC) !== 0 && inode.kind === 'file') disk.truncate(inode, 0);
  }
  const waits = inode.kind === 'pipe' && access === 0 && (bits & O_NONBLOCK) === 0 && inode.writers === 0;
  if (waits) machine.hang(`${name}, a named pipe that nobody writes`);
  const file: OpenFile = {
    inode,
    path: name,
    reads: access !== O_WRONLY,
    writes: access !== 0,
    appends: (bits & O_APPEND) !== 0,
    position: 0,
    references: 0,
  };
  if (inode.kind === 'pipe') {
    if (file.writes) inode.writers++;
    if (file.reads) inode.openToRead++;
  }
  return machine.openFile(processNow(), file);
}

export function closeSync(fd: number): void {
  const machine = machineNow();
  machine.call('close');
  machine.close(processNow(), fd);
}

export function readSync(
  fd: number,
  buffer: Uint8Array,
  offsetOrOptions: number | { offset?: number; length?: number; position?: number | null } = 0,
  length?: number,
  position?: number | null,
): number {
  const process = processNow();
  const machine = machineNow();
  const options = typeof offsetOrOptions === 'object' ? offsetOrOptions : { offset: offsetOrOptions, length, position };
  const { offset = 0 } = options;
  const most = options.length ?? buffer.length - offset;
  const file = process.files.get(fd);
  machine.call('read', file?.path);
  if (file === undefined && fd === 0) {
    const part = process.input.subarray(process.inputRead, process.inputRead + most);
    buffer.set(part, offset);
    process.inputRead += part.length;
    return part.length;
  }
  if (file === undefined || !file.reads) throw systemError('EBADF', 'read');
  if (file.inode.kind === 'folder') throw systemError('EISDIR', 'read');
  const from = options.position ?? file.position;
  const part = file.inode.content.subarray(from, from + most);
  buffer.set(part, offset);
  if (typeof options.position !== 'number') file.position += part.length;
  return part.length;
}

export function writeSync(fd: number, data: Data, offset?: number, length?: number, position?: number | null): number {
  const machine = machineNow();
  const process = processNow();
  const file = process.files.get(fd);
  const torn = machine.call('write', file?.path ?? '');
  const whole = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  const start = typeof data === 'string' ? 0 : (offset ?? 0);
  const bytes = whole.subarray(start, typeof data === 'string' || length === undefined ? undefined : start + length);
  const at = typeof position === 'number' ? position : undefined;
  const part = torn === 'torn' ? bytes.subarray(0, Math.floor(machine.random() * bytes.length)) : bytes;
  const written = writeTo(fd, file, part, at);
  if (torn === 'torn') {
    machine.end(process, null, 'SIGKILL');
    machine.call('write');
  }
  return written;
}

function writeTo(fd: number, file: OpenFile | undefined, bytes: Uint8Array, position?: number): number {
  const machine = machineNow();
  const process = processNow();
  if (file === undefined) {
    if (fd !== 1 && fd !== 2) throw systemError('EBADF', 'write');
    if (process.outputIsClosed) throw systemError('EPIPE', 'write');
    if (fd === 1) process.output += Buffer.from(bytes).toString('utf8');
    else process.errors += Buffer.from(bytes).toString('utf8');
    return bytes.length;
  }
  if (!file.writes) throw systemError('EBADF', 'write');
  const { inode } = file;
  const { disk } = machine;
  if (inode.kind === 'pipe') {
    if (inode.openToRead === 0) throw systemError('EPIPE', 'write');
    inode.bytes = Buffer.concat([inode.content, bytes]);
    inode.size = inode.bytes.length;
    for (const notify of inode.readers) notify();
    return bytes.length;
  }
  const at = file.appends ? inode.size : (position ?? file.position);
  const written = disk.write(inode, bytes, at);
  if (position === undefined) file.position = at + written;
  if (machine.watches.size > 0) disk.onChange(folderOf(file.path), file.path.slice(file.path.lastIndexOf('/') + 1));
  return written;
}

function folderOf(path: string): Inode {
  const { disk } = machineNow();
  try {
    return disk.at(path.slice(0, path.lastIndexOf('/')) || '/', 'stat');
  } catch {
    return disk.root;
  }
}

export function writeFileSync(target: number | Path, data: Data, options?: { mode?: number; flag?: string }): void {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  const fd = typeof target === 'number' ? target : openSync(target, options?.flag ?? 'w', options?.mode);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at);
  } finally {
    if (typeof target !== 'number') closeSync(fd);
  }
}

export function readFileSync(
  path: Path | number,
  options?: BufferEncoding | { encoding?: BufferEncoding },
): Buffer | string {
  const machine = machineNow();
  const encoding = typeof options === 'string' ? options : options?.encoding;
  let bytes: Buffer;
  if (typeof path !== 'number' && isOfSystem(textOf(path))) {
    if (!isConstant(textOf(path))) machine.call('read', textOf(path));
    bytes = Buffer.from(systemText(machine, textOf(path)), 'utf8');
  } else {
    const fd = typeof path === 'number' ? path : openSync(path);
    try {
      const file = machine.fileOf(fd, 'read');
      machine.call('read', file.path);
      if (file.inode.kind === 'folder') throw systemError('EISDIR', 'read');
      bytes = Buffer.from(file.inode.content);
    } finally {
      if (typeof path !== 'number') closeSync(fd);
    }
  }
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

export function appendFileSync(path: Path, data: Data): void {
  writeFileSync(path, data, { flag: 'a' });
}

interface StatOptions {
  throwIfNoEntry?: boolean;
}

function stat(call: string, path: Path, follow: boolean, options: StatOptions): SimulatedStats | undefined {
  const machine = machineNow();
  const name = textOf(path);
  machine.call(call, name);
  if (name === '/proc' || isOfSystem(name)) return new SimulatedStats(machine.disk.root);
  const inode = machine.disk.peek(name, follow);
  if (inode !== undefined) return new SimulatedStats(inode);
  const code = machine.disk.problemAt(name, follow);
  if (options.throwIfNoEntry === false && code === 'ENOENT') return undefined;
  throw systemError(code, call, name);
}

export const statSync = (path: Path, options: StatOptions = {}): SimulatedStats | undefined =>
  stat('stat', path, true, options);
export const lstatSync = (path: Path, options: StatOptions = {}): SimulatedStats | undefined =>
  stat('lstat', path, false, options);

export function fstatSync(fd: number): SimulatedStats {
  const machine = machineNow();
  const file = machine.fileOf(fd, 'fstat');
  machine.call('fstat', file.path);
  return new SimulatedStats(file.inode);
}

export function existsSync(path: Path): boolean {
  const machine = machineNow();
  try {
    const name = textOf(path);
    machine.call('access', name);
    if (isOfSystem(name)) {
      systemText(machine, name);
      return true;
    }
    return machine.disk.peek(name) !== undefined;
  } catch (error) {
    if (typeof error === 'symbol') throw error;
    return false;
  }
}

export function accessSync(path: Path, mode = 0): void {
  const machine = machineNow();
  const name = textOf(path);
  machine.call('access', name);
  const inode = machine.disk.at(name, 'access');
  if ((mode & constants.W_OK) !== 0 && (inode.mode & 0o200) === 0) throw systemError('EACCES', 'access', name);
  if ((mode & constants.X_OK) !== 0 && (inode.mode & 0o100) === 0) throw systemError('EACCES', 'access', name);
}

export function mkdirSync(path: Path, options?: number | { recursive?: boolean; mode?: number }): string | undefined {
  const machine = machineNow();
  const { disk } = machine;
  const name = textOf(path);
  const { recursive = false, mode = 0o777 } = typeof options === 'number' ? { mode: options } : (options ?? {});
  const make = (folder: string): void => {
    machine.call('mkdir', folder);
    if (disk.room <= 0 && disk.find(folder, 'mkdir').inode === undefined) throw full('mkdir', folder);
    disk.makeFolder(folder, mode);
  };
  if (!recursive) {
    make(name);
    return undefined;
  }
  const missing: string[] = [];
  for (let at = name; ;) {
    try {
      make(at);
      missing.push(at);
      break;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const found = code === 'EEXIST' ? disk.at(at, 'mkdir') : undefined;
      if (found?.kind === 'folder') break;
      if (found !== undefined) throw systemError(at === name ? 'EEXIST' : 'ENOTDIR', 'mkdir', name);
      if (code !== 'ENOENT') throw error;
      missing.push(at);
      at = at.slice(0, at.lastIndexOf('/')) || '/';
    }
  }
  const made = missing.at(-1);
  for (const folder of missing.toReversed())
    try {
      if (disk.find(folder, 'mkdir').inode === undefined) make(folder);
    } catch (error) {
      // another process has made it meanwhile
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  return made;
}

export function mkdtempSync(prefix: string): string {
  const name = `${textOf(prefix)}${Math.floor(machineNow().random() * 2 ** 30)
    .toString(36)
    .padStart(6, '0')
    .slice(0, 6)}`;
  mkdirSync(name, { mode: 0o700 });
  return name;
}

class SimulatedDirent {
  readonly name: string;
  readonly parentPath: string;
  readonly #kind: Kind;
  constructor(name: string, parentPath: string, kind: Kind) {
    this.name = name;
    this.parentPath = parentPath;
    this.#kind = kind;
  }
  isFile(): boolean {
    return this.#kind === 'file';
  }
  isDirectory(): boolean {
    return this.#kind === 'folder';
  }
  isSymbolicLink(): boolean {
    return this.#kind === 'link';
  }
  isFIFO(): boolean {
    return this.#kind === 'pipe';
  }
}

export function readdirSync(
  path: Path,
  options: { withFileTypes?: boolean; encoding?: string } = {},
): (string | Buffer | SimulatedDirent)[] {
  const machine = machineNow();
  const name = textOf(path);
  machine.call('scandir', name);
  if (name === '/proc') return [...machine.processes.keys()].map(String);
  const inode = machine.disk.at(name, 'scandir');
  if (inode.entries === undefined) throw systemError('ENOTDIR', 'scandir', name);
  if ((inode.mode & 0o400) === 0) throw systemError('EACCES', 'scandir', name);
  const entries = [...inode.entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (options.withFileTypes === true) return entries.map(([each, { kind }]) => new SimulatedDirent(each, name, kind));
  return entries.map(([each]) => (options.encoding === 'buffer' ? Buffer.from(each) : each));
}

export function opendirSync(path: Path): { readSync: () => SimulatedDirent | null; closeSync: () => void } {
  const entries = readdirSync(path, { withFileTypes: true }) as SimulatedDirent[];
  return { readSync: () => entries.shift() ?? null, closeSync: () => undefined };
}

export function readlinkSync(path: Path): string {
  const machine = machineNow();
  const name = textOf(path);
  if (isConstant(name)) return 'pid:[4026531836]';
  machine.call('readlink', name);
  const inode = machine.disk.at(name, 'readlink', false);
  if (inode.kind !== 'link') throw systemError('EINVAL', 'readlink', name);
  return inode.target;
}

function realpath(path: Path): string {
  const machine = machineNow();
  const name = textOf(path);
  machine.call('realpath', name);
  const { disk } = machine;
  const { folder, name: last, inode } = disk.find(name, 'realpath');
  if (inode === undefined) throw systemError('ENOENT', 'realpath', name);
  return inode.kind === 'folder' ? disk.pathOf(inode) || '/' : `${disk.pathOf(folder)}/${last}`;
}
export const realpathSync = Object.assign(realpath, { native: realpath });

export function renameSync(from: Path, to: Path): void {
  machineNow().call('rename', textOf(to));
  machineNow().disk.rename(textOf(from), textOf(to));
}

export function linkSync(from: Path, to: Path): void {
  machineNow().call('link', textOf(to));
  machineNow().disk.addName(textOf(from), textOf(to));
}

export function symlinkSync(target: string, path: Path): void {
  machineNow().call('symlink', textOf(path));
  machineNow().disk.makeLink(target, textOf(path));
}

export function unlinkSync(path: Path): void {
  machineNow().call('unlink', textOf(path));
  machineNow().disk.unlink(textOf(path));
}

export function rmdirSync(path: Path): void {
  machineNow().call('rmdir', textOf(path));
  machineNow().disk.removeFolder(textOf(path));
}

export function rmSync(path: Path, { recursive = false, force = false } = {}): void {
  const name = textOf(path);
  const found = lstatSync(name, { throwIfNoEntry: false });
  if (found === undefined) {
    if (force) return;
    throw systemError('ENOENT', 'rm', name);
  }
  if (!found.isDirectory()) return removeOne(() => unlinkSync(name), force);
  if (!recursive) throw Object.assign(systemError('EISDIR', 'rm', name), { code: 'ERR_FS_EISDIR' });
  for (const each of readdirSync(name) as string[]) rmSync(`${name}/${each}`, { recursive, force });
  removeOne(() => rmdirSync(name), force);
}

function removeOne(remove: () => void, force: boolean): void {
  try {
    remove();
  } catch (error) {
    if (!force || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

export function chmodSync(path: Path, mode: number): void {
  machineNow().call('chmod', textOf(path));
  machineNow().disk.at(textOf(path), 'chmod').mode = mode & 0o7777;
}

export function fchmodSync(fd: number, mode: number): void {
  machineNow().call('fchmod');
  machineNow().fileOf(fd, 'fchmod').inode.mode = mode & 0o7777;
}

export function fchownSync(fd: number): void {
  machineNow().call('fchown');
  machineNow().fileOf(fd, 'fchown');
}

export function futimesSync(fd: number, _accessed: number, changed: number): void {
  const { inode, path } = machineNow().fileOf(fd, 'futimes');
  machineNow().call('futimes', path);
  inode.mtimeMs = changed * 1000;
}

export function ftruncateSync(fd: number, size = 0): void {
  const { inode, path } = machineNow().fileOf(fd, 'ftruncate');
  machineNow().call('ftruncate', path);
  machineNow().disk.truncate(inode, size);
}

export function fsyncSync(fd: number): void {
  machineNow().call('fsync');
  machineNow().fileOf(fd, 'fsync');
}

export function fdatasync(fd: number, done: (error: Error | null) => void): void {
  fsyncSync(fd);
  done(null);
}

export const statfsSync = (path: Path): { type: number } => {
  machineNow().call('statfs', textOf(path));
  return { type: 0xef53 };
};

/** A watch of one folder, whose events arrive after a time of the machine's choice, or not at all. */
class Watcher extends EventEmitter {
  #close: () => void = () => undefined;

  constructor(path: string, listener: WatchListener<string> | undefined) {
    super();
    const machine = machineNow();
    const process = processNow();
    const { ino } = machine.disk.at(path, 'watch');
    const watch = {
      ino,
      notify: (name: string): void => {
        const delay = machine.watchDelay();
        if (delay !== undefined) machine.later(process, delay, () => this.#deliver(name));
      },
    };
    machine.watches.add(watch);
    process.handles++;
    const cleanup = (): void => void machine.watches.delete(watch);
    process.cleanups.add(cleanup);
    this.#close = () => {
      cleanup();
      process.cleanups.delete(cleanup);
      process.handles--;
      this.#close = () => undefined;
      this.removeAllListeners();
    };
    if (listener !== undefined) this.on('change', listener);
  }

  #deliver(name: string): void {
    this.emit('change', 'rename', name);
  }

  close(): void {
    this.#close();
  }
}

export function watch(
  path: string,
  options?: object | WatchListener<string>,
  listener?: WatchListener<string>,
): EventEmitter {
  machineNow().call('watch', path);
  return new Watcher(path, typeof options === 'function' ? (options as WatchListener<string>) : listener);
}

export { constants };
