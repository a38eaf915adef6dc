/**
 * Fermata for workers in JavaScript and TypeScript: report, hold Claude, coordinate with other workers.
 *
 *     const { progress, inform } = await import(`${process.env.FERMATA_HOME}/clients/worker.mjs`);
 *
 * It needs only Node 20 or newer. The worker and its session come from the environment that a runner sets. The
 * `fermata` command can do everything here as well; this file calls it wherever a hook may have to answer, so that an
 * event is in force when the promise is fulfilled.
 */
import { execFile, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * One line of the session's log. Only its type is required; docs/protocol.md has all types and their fields.
 * @typedef {{ t: string, worker?: string, [field: string]: unknown }} NewEvent
 */

/**
 * The scope and the end of a block or a piece of information.
 * @typedef {object} Standing
 * @property {string} [tool] only calls of these tools: names separated by `|`, with `*`
 * @property {string} [path] only calls that name such a path (a glob)
 * @property {string} [command] only Bash calls with such a command in them (a glob)
 * @property {string | string[]} [until] it ends when all of these hold: `done:W1`, `free:db`, `checkpoint:NAME` …
 * @property {Duration} [ttl] it ends after this time
 * @property {string} [key] it takes the place of an earlier one of this worker with the same key
 */

/**
 * A length of time: `'30s'`, `'5m'`, `'500ms'`, or a number of seconds.
 * @typedef {string | number} Duration
 */

/** A call that failed. `code` is the command's exit code: 1 refused, 2 usage, 3 no session, 4 timed out, 5 lock lost, 6 aborted. */
export class FermataError extends Error {
  /** @param {string} message @param {number} code */
  constructor(message, code) {
    super(message);
    this.name = 'FermataError';
    this.code = code;
  }
}

/** This worker's name, as its runner set it; empty where none did. */
export const workerId = process.env['FERMATA_WORKER'] ?? '';

/** Longest line that a log takes, in bytes. */
const MAX_LINE_BYTES = 64 * 1024;

// Types that no hook answers: their lines are appended without starting a process.
// plain events: made by "npm run docs" from src/protocol/event.ts
const PLAIN = new Set(['progress', 'usage', 'log']);
// /plain events

/**
 * Makes an event, as `new Event({ t: 'done', task })` or `Event({ … })`. A plain object does as well.
 * @param {NewEvent} fields
 * @returns {NewEvent}
 */
export function Event(fields) {
  return { ...fields };
}

/**
 * Appends any event to the session's log; one that a hook may answer is in force when the promise is fulfilled. An
 * event that needs a worker and names none gets this one.
 * @param {NewEvent} event
 * @returns {Promise<void>}
 */
export async function appendEvent(event) {
  if (PLAIN.has(event.t)) return appendLine(event);
  await fermata('emit', [JSON.stringify(event)]);
}

/**
 * One write of a newline, the line, and a newline to a file opened for appending: lines of several writers never mix.
 * @param {NewEvent} event
 */
function appendLine(event) {
  const who = event.t === 'log' || event.worker !== undefined || workerId === '' ? {} : { worker: workerId };
  const line = Buffer.from(`\n${JSON.stringify({ ...event, ...who, ts: event['ts'] ?? Date.now() })}\n`);
  if (line.length - 2 > MAX_LINE_BYTES)
    throw new FermataError('this event is too long for the log: write it to a file under $FERMATA_OUT', 2);
  // no link is followed, and a named pipe is an error at once
  const { O_WRONLY, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(logFile(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
  try {
    const written = writeSync(fd, line);
    if (written !== line.length) throw new FermataError('the event could not be written whole: is the disk full?', 1);
  } finally {
    closeSync(fd);
  }
}

function logFile() {
  const dir = process.env['FERMATA_SESSION_DIR'];
  if (!dir) throw new FermataError('FERMATA_SESSION_DIR is not set: run this as a worker of a session', 3);
  return join(dir, 'events.jsonl');
}

/**
 * Every event of the log so far, oldest first; lines that cannot be read are left out.
 * @returns {Promise<NewEvent[]>}
 */
export async function readEvents() {
  // a read from a named pipe would wait
  if (!statSync(logFile()).isFile()) throw new FermataError('the log of this session is not a file', 1);
  return readFileSync(logFile(), 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const value = JSON.parse(line);
        return typeof value?.t === 'string' ? [value] : [];
      } catch {
        return [];
      }
    });
}

/**
 * The command that was installed with this file, else the one on PATH, as a program and its first arguments. Windows starts no
 * script by its name: there this Node runs it.
 */
function command() {
  const home = dirname(dirname(fileURLToPath(import.meta.url)));
  if (process.platform === 'win32')
    for (const each of [home, process.env['FERMATA_HOME'] ?? '']) {
      const program = join(each, 'lib', 'fermata.cjs');
      if (each !== '' && existsSync(program)) return [process.execPath, program];
    }
  const beside = join(home, 'bin', 'fermata');
  return [existsSync(beside) ? beside : 'fermata'];
}

/**
 * Runs `fermata <verb> … --json`; resolves with its output. Rejects with a FermataError.
 * @param {string} verb
 * @param {string[]} args
 * @param {string[]} after the arguments after `--`
 * @returns {Promise<Record<string, any>>}
 */
function fermata(verb, args, after = []) {
  const [program = '', ...first] = command();
  return new Promise((resolve, reject) => {
    execFile(
      program,
      [...first, verb, '--json', ...args, ...after],
      { maxBuffer: 1 << 28 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout.trim() === '' ? {} : JSON.parse(stdout));
        else if (typeof error.code === 'number') reject(new FermataError(stderr.trim(), error.code));
        else reject(error);
      },
    );
  });
}

/**
 * Options as the command line has them: `{ critical: true, eta: '30s' }` becomes `--critical --eta=30s`.
 * @param {Record<string, unknown>} options
 */
function flags(options) {
  return Object.entries(options).flatMap(([name, value]) => {
    const option = `--${name}`;
    if (value === undefined || value === false) return [];
    if (value === true) return [option];
    if (Array.isArray(value)) return value.flatMap((one) => [option, String(one)]);
    return [option, typeof value === 'string' ? value : JSON.stringify(value)];
  });
}

/** @param {unknown} data */
const json = (data) => (data === undefined ? undefined : JSON.stringify(data));

/**
 * Invokes one of Claude Code's hooks: exit code 0 informs, 2 blocks, any other warns. The options also have the names
 * that Python uses.
 * @param {{ event: string, exitCode?: number, exit_code?: number, stderr?: string, jsonOutput?: unknown,
 *   json_output?: unknown, msg?: string, now?: boolean } & Standing} call
 * @returns {Promise<{ block?: string, standing?: boolean }>} the block that it made, if it made one
 */
export async function invokeHook({ event, exitCode, exit_code, stderr, jsonOutput, json_output, msg, ...rest }) {
  const options = {
    event,
    'exit-code': exitCode ?? exit_code ?? 0,
    stderr,
    'json-output': json(jsonOutput ?? json_output),
    message: msg,
    ...rest,
  };
  return fermata('hook', flags(options));
}

/**
 * Reports the progress of this worker. Costs one write, no process.
 * @param {number} [pct] 0 to 100
 * @param {{ done?: number, total?: number, etaMs?: number, message?: string, phase?: string }} [more]
 * @returns {Promise<void>}
 */
export async function progress(pct, more = {}) {
  appendLine({ t: 'progress', pct, ...more });
}

/**
 * Reports that this worker's task is done.
 * @param {{ result?: string, out?: string, task?: string }} [what]
 * @returns {Promise<void>}
 */
export async function done(what = {}) {
  await fermata('done', flags(what));
}

/**
 * Reports an error; a critical one holds the end of Claude's turn until Claude has reported how it resolved it.
 * @param {string} message
 * @param {{ critical?: boolean, data?: unknown }} [more]
 * @returns {Promise<void>}
 */
export async function fail(message, { critical, data } = {}) {
  await fermata('fail', [message, ...flags({ critical, data: json(data) })]);
}

/**
 * Gives Claude information with its next tool call.
 * @param {string} text
 * @param {{ at?: string, key?: string, now?: boolean }} [more] `now` wakes Claude if it is idle
 * @returns {Promise<void>}
 */
export async function inform(text, more = {}) {
  await fermata('inform', [text, ...flags(more)]);
}

/**
 * Blocks Claude until the block is cleared, released or expired.
 * @param {string} reason
 * @param {Standing & { at?: string }} [standing]
 * @returns {Promise<string>} the block, such as `B1`
 */
export async function block(reason, standing = {}) {
  return (await fermata('block', [reason, ...flags({ ...standing })]))['block'];
}

/**
 * Clears one block of this worker, or all of them.
 * @param {string} [id]
 * @returns {Promise<string[]>} the blocks that were cleared
 */
export async function unblock(id) {
  return (await fermata('unblock', id === undefined ? [] : [id]))['cleared'];
}

/**
 * Changes the input of Claude's next matching call, once.
 * @param {{ tool?: string, path?: string, command?: string }} match
 * @param {Record<string, unknown>} input the fields to change
 * @returns {Promise<void>}
 */
export async function rewrite(match, input) {
  await fermata('rewrite', flags({ ...match, input }));
}

/**
 * Reaches a checkpoint; with `wait` resolves when all workers of the run have reached it.
 * @param {string} name
 * @param {{ data?: unknown, wait?: boolean, timeout?: Duration }} [more]
 * @returns {Promise<{ last: boolean, arrived: string[], missing: string[] }>} `last`: this one completed it
 */
export async function checkpoint(name, { data, wait: waits, timeout } = {}) {
  const options = flags({ data: json(data), wait: waits === true ? 'all' : undefined, timeout });
  return /** @type {any} */ (await fermata('checkpoint', [name, ...options]));
}

/**
 * Waits until all conditions are met. Rejects with code 1 if they no longer can be, 4 at the timeout.
 * @param {string | string[]} conditions `done:W1`, `ok:all`, `free:db`, `agreed:ship`, `checkpoint:NAME`
 * @param {{ timeout?: Duration }} [more]
 * @returns {Promise<void>}
 */
export async function wait(conditions, more = {}) {
  await fermata('wait', [...[conditions].flat(), ...flags(more)]);
}

/**
 * Asks for a resource (a lock).
 * @param {string} resource `file:PATH` also keeps all others from editing that file
 * @param {{ shared?: boolean, ttl?: Duration, wait?: boolean | Duration }} [how]
 * @returns {Promise<number | undefined>} its fencing token; undefined if another worker has it and `wait` is not given
 */
export async function acquire(resource, { shared, ttl, wait: waits } = {}) {
  try {
    return (await fermata('acquire', [resource, ...flags({ shared, ttl, wait: waits })]))['token'];
  } catch (error) {
    if (error instanceof FermataError && error.code === 1) return undefined;
    throw error;
  }
}

/**
 * Releases a resource. Rejects with code 5 if it was lost before.
 * @param {string} resource
 * @returns {Promise<void>}
 */
export async function release(resource) {
  await fermata('release', [resource]);
}

/**
 * Runs a function while this worker holds a resource, and releases it in any case.
 * @template T
 * @param {string} resource
 * @param {(token: number) => Promise<T> | T} work
 * @param {{ shared?: boolean, ttl?: Duration }} [how]
 * @returns {Promise<T>}
 */
export async function withLock(resource, work, how = {}) {
  const token = await acquire(resource, { ...how, wait: true });
  try {
    return await work(token ?? 0);
  } finally {
    await release(resource);
  }
}

/**
 * The holder of a resource; undefined if it is free.
 * @param {string} resource
 * @returns {Promise<string | undefined>}
 */
export async function currentHolder(resource) {
  const { locks } = await status();
  return locks.find((/** @type {any} */ lock) => lock.resource === resource)?.holder ?? undefined;
}

/**
 * Whether another worker holds a resource.
 * @param {string} resource
 * @returns {Promise<boolean>}
 */
export async function resourceInUse(resource) {
  const holder = await currentHolder(resource);
  return holder !== undefined && holder !== workerId;
}

/**
 * Opens a ballot.
 * @param {string} name
 * @param {{ question?: string, quorum?: number, voters?: string[], rule?: string | number, options?: string[], deadline?: Duration }} [how]
 * @returns {Promise<void>}
 */
export async function ballot(name, { voters, options, ...how } = {}) {
  await fermata('ballot', [name, ...flags({ ...how, voters: voters?.join(','), options: options?.join(',') })]);
}

/**
 * The current state of a ballot.
 * @typedef {{ ballot: string, votes: Record<string, string>, quorum: number | null, decided: string | null, why: string | null }} Tally
 */

/**
 * Votes; a vote may be changed until the ballot is decided.
 * @param {string} decision `proceed`, `abort`, or one of the ballot's options
 * @param {{ ballot?: string, reason?: string }} [more]
 * @returns {Promise<Tally>}
 */
export async function vote(decision, more = {}) {
  return /** @type {any} */ (await fermata('vote', [decision, ...flags(more)]));
}

/**
 * Counts the votes of a ballot.
 * @param {string} [name]
 * @returns {Promise<Tally>}
 */
export async function tally(name = 'default') {
  return /** @type {any} */ (await fermata('tally', [name]));
}

/**
 * The votes that count, one for each worker.
 * @param {string} [name]
 * @returns {Promise<string[]>}
 */
export async function readVotesFromEvents(name = 'default') {
  const { ballots } = await status();
  return Object.values(ballots.find((/** @type {any} */ one) => one.id === name)?.votes ?? {});
}

/**
 * Hands this worker's result on to another worker.
 * @param {string} to
 * @param {{ task?: string, data?: unknown }} [what]
 * @returns {Promise<void>}
 */
export async function handoff(to, { task, data } = {}) {
  await fermata('handoff', [to, ...flags({ task, data: json(data) })]);
}

/**
 * Sends a message to a worker, to `conductor`, or to `user`, the person.
 * @param {string} to
 * @param {string} text
 * @returns {Promise<void>}
 */
export async function tell(to, text) {
  await fermata('tell', [to, text]);
}

/**
 * The messages to this worker that it has not read yet.
 * @param {{ wait?: boolean | Duration }} [more] wait for the first message
 * @returns {Promise<{ kind: 'tell' | 'handoff' | 'lockLost', from: string, text: string, ts: number, task?: string, data?: any }[]>}
 */
export async function inbox(more = {}) {
  return (await fermata('inbox', flags(more)))['messages'];
}

/**
 * Claude's tool calls, as they come, until this worker or the session ends.
 * @param {{ tool?: string }} [which]
 * @returns {AsyncGenerator<{ tool: string, summary?: string, agent?: string }>}
 */
export async function* watch(which = {}) {
  const [program = '', ...first] = command();
  const child = spawn(program, [...first, 'watch', '--follow', ...flags(which)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
  } finally {
    child.kill();
  }
}

/**
 * The session, as `fermata status --json` prints it.
 * @returns {Promise<Record<string, any>>}
 */
export async function status() {
  return fermata('status', []);
}

/**
 * Whether every other worker of this one's run has ended.
 * @returns {Promise<boolean>}
 */
export async function allWorkersReady() {
  const ended = ['done', 'failed', 'aborted', 'lost'];
  const { workers } = await status();
  const run = workers.find((/** @type {any} */ w) => w.id === workerId)?.run ?? null;
  return workers.every((/** @type {any} */ w) => w.id === workerId || w.run !== run || ended.includes(w.state));
}

export {
  appendEvent as append_event,
  readEvents as read_events,
  invokeHook as invoke_hook,
  readVotesFromEvents as read_votes_from_events,
  currentHolder as current_holder,
  resourceInUse as resource_in_use,
  allWorkersReady as all_workers_ready,
  withLock as with_lock,
  workerId as worker_id,
};
