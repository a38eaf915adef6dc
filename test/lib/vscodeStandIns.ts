import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { editorModule } from './runtimes.ts';

/**
 * Log files and every output channel go through this logger. Each export is assigned on its own line: only then
 * does Node offer it as a named import to the server's ES modules.
 */
const spdlog = `
const fs = require('node:fs');
const path = require('node:path');
const levelNames = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];

class Logger {
  constructor(file) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.descriptor = fs.openSync(file, 'a');
    this.level = 2;
    this.plain = false;
  }
  write(level, message) {
    if (level < this.level || this.descriptor === undefined) return;
    const line = this.plain ? message : new Date().toISOString().replace('T', ' ').slice(0, 23) + ' [' + levelNames[level] + '] ' + message + '\\n';
    try { fs.writeSync(this.descriptor, line); } catch { /* a log that cannot be written must not end the server */ }
  }
  trace(message) { this.write(0, message); }
  debug(message) { this.write(1, message); }
  info(message) { this.write(2, message); }
  warn(message) { this.write(3, message); }
  error(message) { this.write(4, message); }
  critical(message) { this.write(5, message); }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() {}
  clearFormatters() { this.plain = true; }
  flush() {}
  drop() {
    if (this.descriptor !== undefined) fs.closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

const createLogger = async (_name, file) => new Logger(file);
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;
`;

/** Native modules that would have to be compiled, replaced by the JavaScript that the server needs of them. */
const standIns: Record<string, string> = {
  '@vscode/spdlog': spdlog,
  '@vscode/native-watchdog': 'exports.start = () => {};\n',
  // its name until VS Code 1.106
  'native-watchdog': 'exports.start = () => {};\n',
  '@vscode/deviceid': "exports.getDeviceId = async () => '00000000-0000-4000-8000-000000000000';\n",
};

/** Packages that download a binary when they are installed, and those that carry it. */
const elsewhere: Record<string, string> = { '@vscode/ripgrep': '@vscode/ripgrep-universal' };

/**
 * Completes the modules of the VS Code server in `serverDir`. code-server would fetch them in an install script that needs
 * a compiler; here the modules that the tests need are pinned beside it and linked into the server's folder. Idempotent,
 * also from several processes.
 */
export function completeServerModules(serverDir: string): void {
  const modules = join(serverDir, 'node_modules');
  const manifest = JSON.parse(readFileSync(join(serverDir, 'package.json'), 'utf8')) as { dependencies: object };
  for (const name of Object.keys(manifest.dependencies)) {
    const target = editorModule(elsewhere[name] ?? name);
    if (target !== undefined) link(target, join(modules, name));
  }
  for (const [name, code] of Object.entries(standIns)) {
    writeIfDifferent(join(modules, name, 'package.json'), JSON.stringify({ name, version: '0.0.0', main: 'index.js' }));
    writeIfDifferent(join(modules, name, 'index.js'), code);
  }
}

function link(target: string, path: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path); // a dangling link
  try {
    // Relative, so that the links survive when the repository is moved; a Windows junction has to be absolute.
    symlinkSync(process.platform === 'win32' ? target : relative(dirname(path), target), path, 'junction');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // EEXIST: another process was faster
  }
}

function writeIfDifferent(file: string, content: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}
