// Precedes a program that starts anew at every call; the program itself is the comment at the end of the file. V8 skips a
// comment. It takes the compiled program from `cache/` in the Fermata home, which saves a fifth of a hook's time. Where
// there is no such folder, or the cache is of another build or another V8, the program is compiled and the result is kept.
// No failure of the cache is an error.
'use strict';
const fs = require('node:fs');
const vm = require('node:vm');
const { basename, dirname, join } = require('node:path');

/** The end of a cache names the file that it was made of. */
const KEY_BYTES = 64;
const MAX_CACHE_BYTES = 16 << 20;

const { size, mtimeMs } = fs.statSync(__filename);
const key = `${size} ${mtimeMs}`.padEnd(KEY_BYTES);
const text = fs.readFileSync(__filename, 'latin1');
// the build defines PROGRAM_MARK and COMMENT_END
const program = text.slice(text.indexOf(PROGRAM_MARK) + PROGRAM_MARK.length, -2).replaceAll(COMMENT_END, '*/');
// the first argument, a hook's event or a verb, decides which functions a run compiles
const asked = /^[a-zA-Z-]{1,30}$/.test(process.argv[2]) ? process.argv[2] : '';
const cache = join(dirname(dirname(__filename)), 'cache', `${basename(__filename)}-${asked}-${process.versions.v8}`);

const cachedData = readCache();
const script = new vm.Script(`(function(exports,require,module,__filename,__dirname){${program}\n})`, {
  filename: __filename,
  cachedData,
});
if (cachedData === undefined || script.cachedDataRejected === true)
  process.once('exit', (code) => {
    if (code === 0) keepCache();
  });
script.runInThisContext().call(exports, exports, load, module, __filename, __dirname);

/** Loads a module; of the files beside the program only a file, since Node would wait for a named pipe. */
function load(name) {
  if (name.startsWith('./') && !fs.statSync(join(__dirname, name)).isFile()) throw new Error(`${name} is not a file`);
  return require(name);
}

// The cache is below a home, where not every path is a file: this program has no part of src/core/base/files, which would
// have to be loaded first.
function readCache() {
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

function keepCache() {
  const temporary = `${cache}.${process.pid}.tmp`;
  try {
    if (!fs.lstatSync(dirname(cache)).isDirectory()) return;
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
