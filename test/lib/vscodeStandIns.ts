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
import { runtimeModule } from './runtimes.ts';

/**
 * What the server and the workbench load at run time. code-server would fetch it in an install script that needs a
 * compiler; here the same versions are pinned in test/runtimes and linked to where the server looks.
 */
const linkedPackages = [
  '@microsoft/1ds-core-js',
  '@parcel/watcher',
  '@vscode/fs-copyfile',
  '@vscode/iconv-lite-umd',
  '@vscode/proxy-agent',
  '@vscode/ripgrep-universal',
  '@vscode/tree-sitter-wasm',
  '@vscode/vscode-languagedetection',
  '@xterm/addon-serialize',
  '@xterm/addon-unicode11',
  '@xterm/headless',
  '@xterm/xterm',
  'jschardet',
  'katex',
  'minimist',
  'node-pty',
  'tas-client',
  'vscode-oniguruma',
  'vscode-regexpp',
  'vscode-textmate',
  'ws',
  'yauzl',
  'yazl',
];

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

/** Native modules that would have to be compiled, replaced by as much JavaScript as the server asks of them. */
const standIns: Record<string, string> = {
  '@vscode/spdlog': spdlog,
  '@vscode/native-watchdog': 'exports.start = () => {};\n',
  '@vscode/deviceid': "exports.getDeviceId = async () => '00000000-0000-4000-8000-000000000000';\n",
};

/** Completes the modules of the VS Code server in `serverDir`. Does nothing the second time; safe from several processes. */
export function completeServerModules(serverDir: string): void {
  const modules = join(serverDir, 'node_modules');
  for (const name of linkedPackages) link(runtimeModule(name), join(modules, name));
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
