/* eslint-disable */
// Loaded before a program (`node -r`): ends it with SIGKILL just before its N-th call of the file system.
// KILL_AT=N; with KILL_AT=0 it prints the number of those calls instead.
const fs = require('node:fs');
const wanted = Number(process.env.KILL_AT);
delete process.env.KILL_AT;
let calls = 0;
for (const name of Object.keys(fs).filter((key) => key.endsWith('Sync') && typeof fs[key] === 'function')) {
  const real = fs[name];
  const counting = function (...args) {
    if (++calls === wanted) process.kill(process.pid, 'SIGKILL');
    return real.apply(this, args);
  };
  fs[name] = Object.assign(counting, real);
}
if (wanted === 0) process.on('exit', () => process.stderr.write(`calls:${calls}\n`));
