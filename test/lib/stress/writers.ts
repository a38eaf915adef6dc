import { appendFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLog } from '#core/log/append.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { filler, numbered, prefixLength, readNumbered, type NumberedLog } from './numbered.ts';
import { Running, start } from './program.ts';
import { random } from './random.ts';

export interface WriterCounts {
  /** Processes that import the append module. */
  modules: number;
  /** Processes `fermata emit -`. */
  pipes: number;
  /** Lines of each. */
  lines: number;
  /** Where they write. By default into a log that is made. */
  place?: Place;
}

/** A session of several machines. */
export interface Place {
  /** Its folders, of which the writers use one after the other; the log is in the first. */
  dirs: readonly string[];
  /** Waits until all that was written on one of them is in the log. */
  haveAll: () => Promise<void>;
}

export interface WriteResult extends NumberedLog {
  dir: string;
  /** Writers whose lines are not in the log completely, in order and once. */
  incomplete: string[];
  /** Programs that failed, with their stderr. */
  failed: string[];
}

function newLog(): Place {
  const dir = sessionDir(tempDir(), 'session');
  createLog(dir, Date.now());
  return { dirs: [dir], haveAll: () => Promise.resolve() };
}

const logDirOf = ({ dirs: [dir = ''] }: Place): string => dir;

/** A process `fermata emit -` whose input is numbered lines. One that stays ends only when it is killed. */
function pipe(dir: string, name: string, lines: number, stays: boolean): Running {
  const home = dirname(dirname(dir));
  const env = cleanEnv(home, { FERMATA_SESSION_DIR: dir, FERMATA_HOME: home, FERMATA_WORKER: name });
  const running = new Running(process.execPath, [cliProgram, 'emit', '-'], { env, input: true });
  for (let n = 0; n < lines; n++) running.child.stdin?.write(`${JSON.stringify(numbered(name, n))}\n`);
  if (!stays) running.child.stdin?.end();
  return running;
}

/** Those that `isVictim` names have twice as many lines, and stay until they are killed, however late that is. */
async function startWriters(
  { dirs }: Place,
  { modules, pipes, lines }: WriterCounts,
  isVictim: (name: string) => boolean = () => false,
): Promise<Map<string, Running>> {
  const all = new Map<string, Running>();
  const dirOf = (i: number): string => dirs[i % dirs.length] ?? '';
  for (let i = 0; i < modules; i++) {
    const name = `M${i}`;
    const more = isVictim(name) ? [2 * lines, 'stays'] : [lines];
    all.set(name, await start('writer', [dirOf(i), name, ...more]));
  }
  for (let i = 0; i < pipes; i++) {
    const name = `P${i}`;
    all.set(name, pipe(dirOf(i), name, isVictim(name) ? 2 * lines : lines, isVictim(name)));
  }
  return all;
}

async function finish(place: Place, all: Map<string, Running>, lines: number): Promise<WriteResult> {
  const failed: string[] = [];
  for (const [name, running] of all) {
    const { code, signal, stderr } = await running.ended;
    if (code !== 0) failed.push(`${name}: ${code ?? signal ?? ''} ${stderr}`);
  }
  await place.haveAll();
  const dir = logDirOf(place);
  const log = readNumbered(dir);
  const incomplete = [...all.keys()].filter((name) => prefixLength(log.numbers.get(name)) !== lines);
  return { dir, ...log, incomplete, failed };
}

/** All writers write as fast as they can to the end. */
export async function writeTogether(size: WriterCounts): Promise<WriteResult> {
  const place = size.place ?? newLog();
  return finish(place, await startWriters(place, size), size.lines);
}

export interface KilledWriter {
  name: string;
  /** Number of lines that it reported as written. */
  reported: number;
  /** Number of its lines in the log; -1 if they are not its first lines in order. */
  there: number;
}

/** A log that has not grown for so many looks grows no more. */
const STILL_LOOKS = 200;

/** Like `writeTogether`, but all writers except one of each kind are killed somewhere in the middle. */
export async function writeAndDie(
  size: WriterCounts,
  seed: number,
): Promise<{ survivors: WriteResult; killed: KilledWriter[] }> {
  const place = size.place ?? newLog();
  const dir = logDirOf(place);
  const rnd = random(seed);
  const isVictim = (name: string): boolean => !['M0', 'P0'].includes(name);
  const all = await startWriters(place, size, isVictim);
  const survivors = new Map([...all].filter(([name]) => !isVictim(name)));
  const victims = [...all].filter(([name]) => isVictim(name));
  const totalBytes =
    all.size * Array.from({ length: size.lines }, (_, n) => filler(n).length + 80).reduce((a, b) => a + b, 0);
  const ends = await Promise.all(
    victims.map(async ([name, running]) => {
      const after = rnd() * 0.6 * totalBytes;
      let [last, looks] = [0, 0];
      const isTime = (): boolean => {
        const { size: bytes } = statSync(sessionPaths(dir).log);
        // those that were killed before may have left too little
        looks = bytes === last ? looks + 1 : 0;
        last = bytes;
        return running.exited || bytes > after || looks > STILL_LOOKS;
      };
      await waitFor(isTime, {
        describe: `the log to reach ${after} bytes`,
        timeoutMs: 600_000,
        intervalMs: 1 + Math.floor(rnd() * 20),
      });
      running.kill();
      return { name, running, signal: (await running.ended).signal };
    }),
  );
  const log = await finish(place, survivors, size.lines);
  const killed = ends
    .filter(({ signal }) => signal === 'SIGKILL')
    .map(({ name, running }) => ({
      name,
      reported: Number(running.lines.at(-1) ?? 0),
      there: prefixLength(log.numbers.get(name)),
    }));
  return { survivors: log, killed };
}

/** A shell that writes each line and its newline separately. */
const SEPARATE = `for n in $(seq 0 $(($2 - 1))); do printf '{"t":"progress","worker":"%s","n":%s}' "$1" "$n" >>"$3"; printf '\\n' >>"$3"; done`;
/** A shell that writes lines of 9 KB in several pieces. */
const PIECES = `x=$(printf '%9000s' ''); for n in $(seq 0 $(($2 - 1))); do printf '{"t":"progress","worker":"%s","n":%s,"y":"%s"}\\n' "$1" "$n" "$x" >>"$3"; done`;

export interface ForeignResult {
  written: WriteResult;
  /** Foreign lines that are neither whole in the log nor begin in a damaged line. */
  unaccounted: string[];
  foreignIntact: number;
}

/** Writers of Fermata beside shells that tear their own lines, and beside one that stops in the middle of each line. */
export async function writeBesideForeign(
  size: WriterCounts,
  shells: number,
  foreignLines: number,
): Promise<ForeignResult> {
  const place = newLog();
  const { log } = sessionPaths(logDirOf(place));
  const names = Array.from({ length: 2 * shells }, (_, i) => `F${i}`);
  const foreign = names.map(
    (name, i) => new Running('bash', ['-c', i % 2 === 0 ? SEPARATE : PIECES, 'sh', name, String(foreignLines), log]),
  );
  const ours = await startWriters(place, size);
  // a writer that stops in the middle of every line
  const half = JSON.stringify(numbered('H0', 1)).slice(0, 30);
  const all = [...foreign, ...ours.values()];
  for (let n = 0; n < 1000 && all.some(({ exited }) => !exited); n++) {
    appendFileSync(log, half);
    await delay(3);
  }
  for (const shell of foreign) await shell.ended;
  const written = await finish(place, ours, size.lines);
  const unaccounted: string[] = [];
  let foreignIntact = 0;
  for (const name of names)
    for (let n = 0; n < foreignLines; n++) {
      const head = new RegExp(`"worker":"${name}","n":${n}[,}]`);
      if (written.numbers.get(name)?.includes(n) === true) foreignIntact++;
      else if (!written.damaged.some((line) => head.test(line))) unaccounted.push(`${name} ${n}`);
    }
  return { written, unaccounted, foreignIntact };
}
