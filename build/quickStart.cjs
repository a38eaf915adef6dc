// Precedes a program that starts anew at every call; the program itself is the comment at the end of the file, or one of
// those in programs.cjs. V8 skips a comment. It takes the compiled program from `cache/` in the Fermata home, which saves a
// fifth of a hook's time, and so it does for the files beside the program that this loads. Where there is no such folder, or
// the cache is of another build or another V8, the program is compiled and the result is kept. No failure of the cache is
// an error.
'use strict';
const fs = require('node:fs');
const vm = require('node:vm');
const { basename, dirname, join } = require('node:path');

/** The end of a cache names the file that it was made of. */
const KEY_BYTES = 64;
const MAX_CACHE_BYTES = 16 << 20;

// the first argument, a hook's event or a verb, decides which functions a run compiles
const asked = /^[a-zA-Z-]{1,30}$/.test(process.argv[2]) ? process.argv[2] : PROGRAM;
const caches = join(dirname(__dirname), 'cache');
const loaded = new Map();

// the build defines these names; PROGRAM is empty for the program in the comment
if (PROGRAM === '') {
  run(__filename, exports, (text) =>
    text.slice(text.indexOf(PROGRAM_MARK) + PROGRAM_MARK.length, -2).replaceAll(COMMENT_END, '*/'),
  );
} else {
  // beside the folder lib/ of a home, and below the folder of the build
  const name = basename(__dirname);
  const hooks = name === 'hooks' ? '.' : name === 'lib' ? '../hooks' : 'hooks';
  load(join(__dirname, hooks, 'programs.cjs'))[PROGRAM]();
}

/** Loads a file; nothing but a file, since Node would wait for a named pipe. */
function load(file) {
  const known = loaded.get(file);
  if (known !== undefined) return known.exports;
  const part = { exports: {} };
  run(file, part, (text) => FUNCTION_START + text + FUNCTION_END);
  loaded.set(file, part);
  return part.exports;
}

function run(file, its, scriptOf) {
  const stats = fs.statSync(file);
  if (!stats.isFile()) throw new Error(`${file} is not a file`);
  const key = `${stats.size} ${stats.mtimeMs}`.padEnd(KEY_BYTES);
  const cache = join(caches, `${basename(file)}-${asked}-${process.versions.v8}`);
  const dir = dirname(file);
  const cachedData = readCache(cache, key);
  const script = new vm.Script(scriptOf(fs.readFileSync(file, 'latin1')), { filename: file, cachedData });
  if (cachedData === undefined || script.cachedDataRejected === true)
    process.once('exit', (code) => {
      if (code === 0) keepCache(cache, key, script);
    });
  const requireFrom = (name) => (name.startsWith('./') ? load(join(dir, name)) : require(name));
  script.runInThisContext().call(its.exports, its.exports, requireFrom, its, file, dir);
}

// The cache is below a home, where not every path is a file: this program has no part of src/core/base/files, which would
// have to be loaded first.
function readCache(cache, key) {
  let fd;
  try {
    fd = fs.openSync(cache, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
    const stats = fs.fstatSync(fd);
    if (!stats.isFile() || stats.size > MAX_CACHE_BYTES) return undefined;
    const bytes = fs.readFileSync(fd);
    return bytes.latin1Slice(bytes.length - KEY_BYTES) === key ? bytes.subarray(0, -KEY_BYTES) : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function keepCache(cache, key, script) {
  const temporary = `${cache}.${process.pid}.tmp`;
  try {
    if (!fs.lstatSync(caches).isDirectory()) return;
    const fd = fs.openSync(temporary, 'wx', 0o600);
    try {
      fs.writeSync(fd, script.createCachedData());
      fs.writeSync(fd, key, null, 'latin1');
      // V8 does not check a cache: one that a crash has torn must never get this name
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, cache);
  } catch {
    // no such folder, or no space: the next run compiles again
    fs.rmSync(temporary, { force: true });
  }
}
