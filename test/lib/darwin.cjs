// A Mac's view for a Node that loads this by --require: process.platform is darwin, no file of /proc and no machine-id can be read,
// the ids of hardware and boot are those of programs of macOS, and what starts process.execPath gets the same again. FAKE_PS names another program in the place of ps; empty: there is none.
'use strict';
const childProcess = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');

const { FAKE_PLATFORM = 'darwin', FAKE_NODE, FAKE_HOSTNAME, FAKE_PS } = process.env;
const isMac = FAKE_PLATFORM !== 'linux';
Object.defineProperty(process, 'platform', { value: FAKE_PLATFORM });
if (FAKE_NODE !== undefined) Object.defineProperty(process, 'execPath', { value: FAKE_NODE });
if (FAKE_HOSTNAME !== undefined) os.hostname = () => FAKE_HOSTNAME;

const isHidden = (path) =>
  typeof path === 'string' && ((isMac && /^\/proc(\/|$)|\/machine-id$/.test(path)) || isNoPs(path));
const isNoPs = (path) => FAKE_PS === '' && /^(\/usr)?\/bin\/ps$/.test(path);
for (const call of [
  'readFileSync',
  'readdirSync',
  'readlinkSync',
  'openSync',
  'existsSync',
  'accessSync',
  'statSync',
]) {
  const real = fs[call];
  const hiding = (path, ...rest) => {
    if (!isHidden(path)) return real.call(fs, path, ...rest);
    if (call === 'existsSync') return false;
    if (call === 'statSync' && rest[0]?.throwIfNoEntry === false) return undefined;
    throw Object.assign(new Error(`ENOENT: no such file or directory, ${call} '${path}'`), { code: 'ENOENT', path });
  };
  fs[call] = Object.assign(hiding, real);
}
const PRINTED = {
  '/usr/sbin/ioreg': '"IOPlatformUUID" = "9C1A3B52-0000-4000-8000-0123456789AB"',
  '/usr/sbin/sysctl': '5E8F2D10-0000-4000-8000-BA9876543210',
};
const { execFileSync } = childProcess;
if (isMac) childProcess.execFileSync = (program, ...rest) => PRINTED[program] ?? execFileSync(program, ...rest);
if (FAKE_PS) {
  const real = childProcess.spawnSync;
  childProcess.spawnSync = (program, ...rest) => real(program === '/bin/ps' ? FAKE_PS : program, ...rest);
}
// what modules import is taken from here, too
require('node:module').syncBuiltinESMExports();
