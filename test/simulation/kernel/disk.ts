import { constants } from 'node:fs';

/** The system's words for an error, as Node puts them into its messages. */
const WORDS: Record<string, string> = {
  EACCES: 'permission denied',
  EBADF: 'bad file descriptor',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  ELOOP: 'too many symbolic links encountered',
  EMFILE: 'too many open files',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  ENXIO: 'no such device or address',
  EPERM: 'operation not permitted',
  EPIPE: 'broken pipe',
  ESRCH: 'no such process',
};

/** An error of the simulated system, in the form of Node's. */
export function systemError(code: string, syscall: string, path?: string): NodeJS.ErrnoException {
  const where = path === undefined ? '' : ` '${path}'`;
  const error: NodeJS.ErrnoException = new Error(`${code}: ${WORDS[code] ?? code}, ${syscall}${where}`);
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  return error;
}

export type Kind = 'file' | 'folder' | 'link' | 'pipe';

const TYPE_BITS: Record<Kind, number> = {
  file: constants.S_IFREG,
  folder: constants.S_IFDIR,
  link: constants.S_IFLNK,
  pipe: constants.S_IFIFO,
};

/** What a name leads to. */
export class Inode {
  readonly ino: number;
  readonly kind: Kind;
  mode: number;
  nlink = 1;
  mtimeMs: number;
  /** Of a file its bytes, of which `size` count; of a pipe what nobody has read yet. */
  bytes: Buffer = EMPTY;
  size = 0;
  /** Of a folder. */
  readonly entries: Map<string, Inode> | undefined;
  parent: Inode | undefined;
  /** Of a link. */
  target = '';
  /** Of a pipe: its open ends, and who is to hear of data and of its end. */
  writers = 0;
  openToRead = 0;
  readonly readers = new Set<() => void>();

  constructor(ino: number, kind: Kind, mode: number, mtimeMs: number) {
    this.ino = ino;
    this.kind = kind;
    this.mode = mode;
    this.mtimeMs = mtimeMs;
    this.entries = kind === 'folder' ? new Map() : undefined;
  }

  get content(): Buffer {
    return this.bytes.subarray(0, this.size);
  }
}

const EMPTY = Buffer.alloc(0);

/** What stat(2) has of an inode, in the form of Node's. */
export class SimulatedStats {
  readonly ino: number;
  readonly dev = 1;
  readonly uid = 1000;
  readonly gid = 1000;
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly #kind: Kind;

  constructor(inode: Inode) {
    this.#kind = inode.kind;
    this.ino = inode.ino;
    this.mode = inode.mode | TYPE_BITS[inode.kind];
    this.nlink = inode.nlink;
    this.size = inode.kind === 'folder' ? 4096 : inode.kind === 'link' ? inode.target.length : inode.size;
    this.mtimeMs = inode.mtimeMs;
  }
  get mtime(): Date {
    return new Date(this.mtimeMs);
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
  isSocket(): boolean {
    return false;
  }
}

/** Where a path leads: the folder and the name in it, and what is there. */
interface Place {
  folder: Inode;
  name: string;
  inode: Inode | undefined;
}

const MAX_LINKS = 40;
const ROOT_MODE = 0o755;

/**
 * A file system in memory with the semantics of POSIX that Fermata relies on: names and inodes apart, O_EXCL, O_APPEND,
 * O_NOFOLLOW, rename that replaces, links, modes, open files that outlive their names, a disk that may be full.
 */
export class Disk {
  #inodes = 2;
  readonly root: Inode;
  readonly #now: () => number;
  /** Bytes that may still be written. */
  room = Infinity;
  /** Called for each change of what a folder lists or of a file in it, as inotify(7) has it. */
  onChange: (folder: Inode, name: string) => void = () => undefined;
  /** Called where something did not fit. */
  onFull: () => void = () => undefined;
  /** Called for each name that is taken away or given to something else. */
  onRemove: (path: string, inode: Inode) => void = () => undefined;

  /** @param now the time of the system's clock, epoch ms */
  constructor(now: () => number) {
    this.#now = now;
    this.root = new Inode(1, 'folder', ROOT_MODE, now());
    this.root.parent = this.root;
  }

  make(kind: Kind, mode: number): Inode {
    return new Inode(this.#inodes++, kind, mode, this.#now());
  }

  /** Finds a path. `follow`: whether a link at its end is followed. Throws ENOENT, ENOTDIR, EACCES or ELOOP. */
  find(path: string, syscall: string, follow = true, links = 0): Place {
    const found = this.#walk(path, follow, links);
    if (typeof found === 'string') throw systemError(found, syscall, path);
    return found;
  }

  /** What is at a path; undefined where nothing is or it cannot be reached. */
  peek(path: string, follow = true): Inode | undefined {
    const found = this.#walk(path, follow, 0);
    return typeof found === 'string' ? undefined : found.inode;
  }

  /** Why nothing can be found at a path. */
  problemAt(path: string, follow = true): string {
    const found = this.#walk(path, follow, 0);
    return typeof found === 'string' ? found : 'ENOENT';
  }

  /** A place, or the code of the error. */
  #walk(path: string, follow: boolean, links: number): Place | string {
    let folder = this.root;
    let start = 1;
    for (;;) {
      while (path.charCodeAt(start) === 47) start++;
      let end = path.indexOf('/', start);
      if (end === -1) end = path.length;
      const name = path.slice(start, end);
      let next = end;
      while (path.charCodeAt(next) === 47) next++;
      const isLast = next >= path.length;
      if ((folder.mode & 0o100) === 0) return 'EACCES';
      const inode =
        name === '' || name === '.'
          ? folder
          : name === '..'
            ? (folder.parent as Inode)
            : (folder.entries as Map<string, Inode>).get(name);
      if (inode?.kind === 'link' && (!isLast || follow)) {
        if (links >= MAX_LINKS) return 'ELOOP';
        const base = inode.target.startsWith('/') ? inode.target : `${this.pathOf(folder)}/${inode.target}`;
        return this.#walk(isLast ? base : `${base}/${path.slice(next)}`, follow, links + 1);
      }
      if (isLast) return { folder, name, inode };
      if (inode === undefined) return 'ENOENT';
      if (inode.kind !== 'folder') return 'ENOTDIR';
      folder = inode;
      start = next;
    }
  }

  /** What is at a path. Throws as `find`, and ENOENT where nothing is. */
  at(path: string, syscall: string, follow = true): Inode {
    const { inode } = this.find(path, syscall, follow);
    if (inode === undefined) throw systemError('ENOENT', syscall, path);
    return inode;
  }

  /** The path of a folder. */
  pathOf(folder: Inode): string {
    if (folder === this.root) return '';
    const parent = folder.parent as Inode;
    for (const [name, inode] of parent.entries as Map<string, Inode>)
      if (inode === folder) return `${this.pathOf(parent)}/${name}`;
    return '/gone';
  }

  /** Gives an inode a name. Throws EACCES where the folder may not be written. */
  enter({ folder, name }: Place, inode: Inode, syscall: string, path: string): void {
    this.#assertWritable(folder, syscall, path);
    // a folder that was removed takes no names
    if (folder.nlink === 0) throw systemError('ENOENT', syscall, path);
    (folder.entries as Map<string, Inode>).set(name, inode);
    if (inode.kind === 'folder') inode.parent = folder;
    folder.mtimeMs = this.#now();
    this.onChange(folder, name);
  }

  /** Takes a name away. */
  remove({ folder, name, inode }: Place, syscall: string, path: string): void {
    this.#assertWritable(folder, syscall, path);
    this.onRemove(`${this.pathOf(folder)}/${name}`, inode as Inode);
    (folder.entries as Map<string, Inode>).delete(name);
    (inode as Inode).nlink--;
    folder.mtimeMs = this.#now();
    this.onChange(folder, name);
  }

  #assertWritable(folder: Inode, syscall: string, path: string): void {
    if ((folder.mode & 0o200) === 0) throw systemError('EACCES', syscall, path);
  }

  /** @returns whether the folder was made */
  makeFolder(path: string, mode: number): boolean {
    const place = this.find(path, 'mkdir', false);
    if (place.inode !== undefined) throw systemError('EEXIST', 'mkdir', path);
    this.enter(place, this.make('folder', mode & ~0o022), 'mkdir', path);
    return true;
  }

  makeLink(target: string, path: string): void {
    const place = this.find(path, 'symlink', false);
    if (place.inode !== undefined) throw systemError('EEXIST', 'symlink', path);
    const link = this.make('link', 0o777);
    link.target = target;
    this.enter(place, link, 'symlink', path);
  }

  makePipe(path: string, mode: number): void {
    const place = this.find(path, 'mknod', false);
    if (place.inode !== undefined) throw systemError('EEXIST', 'mknod', path);
    this.enter(place, this.make('pipe', mode), 'mknod', path);
  }

  /** A second name for a file. */
  addName(from: string, to: string): void {
    const inode = this.at(from, 'link', false);
    const place = this.find(to, 'link', false);
    if (place.inode !== undefined) throw systemError('EEXIST', 'link', to);
    if (inode.kind === 'folder') throw systemError('EPERM', 'link', from);
    this.enter(place, inode, 'link', to);
    inode.nlink++;
  }

  unlink(path: string): void {
    const place = this.find(path, 'unlink', false);
    if (place.inode === undefined) throw systemError('ENOENT', 'unlink', path);
    if (place.inode.kind === 'folder') throw systemError('EISDIR', 'unlink', path);
    this.remove(place, 'unlink', path);
  }

  removeFolder(path: string): void {
    const place = this.find(path, 'rmdir', false);
    if (place.inode === undefined) throw systemError('ENOENT', 'rmdir', path);
    if (place.inode.kind !== 'folder') throw systemError('ENOTDIR', 'rmdir', path);
    if ((place.inode.entries as Map<string, Inode>).size > 0) throw systemError('ENOTEMPTY', 'rmdir', path);
    this.remove(place, 'rmdir', path);
    place.inode.nlink = 0;
  }

  rename(from: string, to: string): void {
    const source = this.find(from, 'rename', false);
    const target = this.find(to, 'rename', false);
    if (source.inode === undefined) throw systemError('ENOENT', 'rename', from);
    const { inode } = source;
    if (target.inode === inode) return;
    for (let at = target.folder; inode.kind === 'folder' && at !== this.root; at = at.parent as Inode)
      if (at === inode) throw systemError('EINVAL', 'rename', from);
    if (target.inode !== undefined) {
      if (inode.kind === 'folder' && target.inode.kind !== 'folder') throw systemError('ENOTDIR', 'rename', from);
      if (inode.kind !== 'folder' && target.inode.kind === 'folder') throw systemError('EISDIR', 'rename', from);
      if (target.inode.entries !== undefined && target.inode.entries.size > 0)
        throw systemError('ENOTEMPTY', 'rename', from);
      this.#assertWritable(source.folder, 'rename', from);
      this.remove(target, 'rename', to);
      if (target.inode.kind === 'folder') target.inode.nlink = 0;
    }
    this.#assertWritable(source.folder, 'rename', from);
    this.#assertWritable(target.folder, 'rename', to);
    (source.folder.entries as Map<string, Inode>).delete(source.name);
    source.folder.mtimeMs = this.#now();
    this.onChange(source.folder, source.name);
    this.enter(target, inode, 'rename', to);
  }

  /** Writes at an offset, as far as there is room. Returns the number of bytes; throws ENOSPC where there is none at all. */
  write(inode: Inode, data: Uint8Array, offset: number): number {
    const grows = offset + data.length - inode.size;
    let length = data.length;
    if (grows > 0 && this.room !== Infinity) {
      length = Math.max(0, Math.min(length, length - grows + this.room));
      if (length < data.length) this.onFull();
      if (length === 0 && data.length > 0) throw systemError('ENOSPC', 'write');
    }
    const end = offset + length;
    if (end > inode.bytes.length) {
      const larger = Buffer.alloc(Math.max(256, 2 * end));
      inode.bytes.copy(larger, 0, 0, inode.size);
      inode.bytes = larger;
    }
    if (offset > inode.size) inode.bytes.fill(0, inode.size, offset);
    inode.bytes.set(length === data.length ? data : data.subarray(0, length), offset);
    if (this.room !== Infinity) this.room -= Math.max(0, end - inode.size);
    if (end > inode.size) inode.size = end;
    inode.mtimeMs = this.#now();
    return length;
  }

  truncate(inode: Inode, size: number): void {
    if (size > inode.size) this.write(inode, Buffer.alloc(size - inode.size), inode.size);
    else if (this.room !== Infinity) this.room += inode.size - size;
    inode.size = Math.min(inode.size, size);
    inode.mtimeMs = this.#now();
  }

  /** For the stage of a world: a whole file with its folders. */
  put(path: string, content: string, mode = 0o600): void {
    const folder = path.slice(0, path.lastIndexOf('/'));
    this.putFolder(folder);
    const place = this.find(path, 'open', false);
    const inode = place.inode ?? this.make('file', mode);
    if (place.inode === undefined) this.enter(place, inode, 'open', path);
    inode.size = 0;
    const bytes = Buffer.from(content, 'utf8');
    if (bytes.length > 0) this.write(inode, bytes, 0);
  }

  putFolder(path: string, mode = 0o700): void {
    for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
      const part = end === -1 ? path : path.slice(0, end);
      if (part !== '' && this.find(part, 'mkdir').inode === undefined) this.makeFolder(part, mode);
      if (end === -1) return;
    }
  }

  /** The text of a file; undefined where there is none. */
  text(path: string): string | undefined {
    try {
      const inode = this.at(path, 'open');
      return inode.kind === 'file' ? inode.content.toString('utf8') : undefined;
    } catch {
      return undefined;
    }
  }

  /** The names in a folder; none where there is none. */
  names(path: string): string[] {
    try {
      return [...(this.at(path, 'scandir').entries?.keys() ?? [])];
    } catch {
      return [];
    }
  }
}
