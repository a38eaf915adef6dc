import { closeSync, constants, fstatSync, statSync, writeSync } from 'node:fs';
import type { SeatInfo } from '#protocol/fileFormats.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { isAlive } from '#core/base/processes.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { SESSION } from '#core/fold/kinds.ts';
import { machineOf } from '#core/fold/machines.ts';
import { armFromState } from '#core/session/armed.ts';
import { readSeat, viaOfOutbox, writeSeat } from '#core/session/seat.ts';
import { outboxEnd } from '#core/session/settle.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { placementOf } from '#core/workers/placement.ts';
import { CarriedFlags } from './carriedFlags.ts';
import { CopyOutput } from './output/copyOutput.ts';
import { isLater, outboxGeneration } from './generation.ts';
import { LineCount } from './lineCount.ts';
import type { FileBytes, LiveMessage, Subscription } from './link.ts';
import { Outgoing } from './outgoing.ts';
import { MAX_MACHINE_BYTES } from './senderLimits.ts';
import type { SharedSession } from './shared.ts';
import { subjectText } from './subjects.ts';

/** The seat is asked for what is missing at most once in this time. */
const ASK_MS = 1000;
/** What the stream has and the seat has not after this time is brought to its mind. */
const NUDGE_MS = 10_000;

const PAD_BYTES = 1 << 16;

/** How a seat decides that does not publish by which version it does. */
const FIRST_DECIDES = 1;

/**
 * A session whose log is on another machine: keeps the copy, and publishes the outbox. The copy's bytes are written where they
 * belong, so two instances write the same bytes to the same place.
 */
export class Copy {
  readonly #shared: SharedSession;
  readonly #log: SessionLog;
  readonly #flags: CarriedFlags;
  readonly #output: CopyOutput;
  readonly #lineCount: LineCount;
  readonly #subscriptions: Subscription[] = [];
  #following: { restart(afterSeq: number): void } | undefined;
  #info: SeatInfo;
  #fd: number;
  #out: Outgoing | undefined;
  /** Where a message begins that came too early. */
  #missing = 0;
  /** The size of the copy at the last look at what is missing. */
  #had = 0;
  #askedMs = -Infinity;
  #arrived = { end: -1, ms: 0 };
  #isStalled = false;
  #isStopped = false;
  /** Why nothing can be written here, for people. */
  problem: string | undefined;

  /** Throws where a file of the copy cannot be opened. */
  constructor(shared: SharedSession, info: SeatInfo) {
    this.#shared = shared;
    this.#log = new SessionLog(shared.dir);
    this.#flags = new CarriedFlags(shared.dir, shared.machine);
    this.#lineCount = new LineCount(sessionPaths(shared.dir).log);
    this.#info = info.replaces === true ? this.#replace(info) : info;
    this.#fd = this.#open();
    this.#output = new CopyOutput({ ...shared, seat: info.seat, state: () => this.#log.state });
  }

  start(): void {
    const { link, space, machine, session } = this.#shared;
    const { seat } = this.#info;
    const log = subjectText(space, { kind: 'log', seat, session });
    const take = (message: LiveMessage, isLive: boolean): void => {
      if ('gen' in message) this.#guarded(() => this.take(message, isLive));
    };
    this.#guarded(() => this.#read());
    this.#publishOutbox();
    this.#subscriptions.push(
      link.live(log, (_subject, message) => take(message, true)),
      link.live(subjectText(space, { kind: 'nack', seat, session, machine }), (_subject, message) => {
        if ('text' in message) this.#nacked(message.text);
      }),
    );
    const following = link.follow(log, 0, ({ message }) => take(message, false));
    this.#following = following;
    this.#subscriptions.push(following);
  }

  stop(): void {
    this.#isStopped = true;
    for (const each of this.#subscriptions) each.stop();
    this.#out?.stop();
    this.#output.results.stop();
    closeSync(this.#fd);
  }

  /** Whether its file is there no more: the session was deleted, and perhaps is followed again already. */
  get isGone(): boolean {
    return statSync(sessionPaths(this.#shared.dir).copy, { throwIfNoEntry: false })?.ino !== fstatSync(this.#fd).ino;
  }

  get seat(): string {
    return this.#info.seat;
  }

  /** Bytes of the outbox that the stream has not acknowledged. */
  get behind(): number {
    return (this.#out?.behind ?? this.#outboxSize()) + this.#output.results.behind;
  }

  /** Bytes of the outbox that have not come back in the copy: they do not count yet. */
  get waiting(): number {
    const arrived = this.#arrivedEnd();
    return this.#outboxSize() <= arrived ? 0 : Math.max(0, outboxEnd(this.#shared.dir) - arrived);
  }

  /** The lines of that. */
  get lines(): number {
    const arrived = this.#arrivedEnd();
    return this.waiting === 0 ? 0 : this.#lineCount.between(arrived, arrived + this.waiting);
  }

  /** The connection or the stream is another one. */
  resync(isOtherStream: boolean): void {
    if (isOtherStream) this.#following?.restart(0);
    void this.#out?.resync();
    this.#output.results.resync();
  }

  /** Something in the session's folder may have changed. */
  look(): void {
    this.#guarded(() => this.#flags.carry(this.#log.state, this.#shared.clock.now(), this.#arrivedEnd()));
    this.#out?.poke();
    this.#guarded(() => this.#output.results.look());
  }

  /** The seat wants to have a piece of a worker's output. */
  requested(text: string): void {
    this.#guarded(() => this.#output.answer(text));
  }

  /** Takes bytes of the log. `isLive`: they pass by, and the stream delivers what is missing before them. Throws the system's error. */
  take({ gen, pos, data, decides = FIRST_DECIDES }: FileBytes, isLive: boolean): void {
    if (this.#isStopped) return;
    if (gen !== this.#info.of && !this.#follows(gen)) return;
    const have = fstatSync(this.#fd).size;
    const end = pos + data.length;
    if (end <= have) return;
    if (pos > have) {
      this.#missing = Math.max(this.#missing, pos);
      // before what passes by the stream mostly delivers what is missing
      return isLive ? undefined : this.#ask();
    }
    // before the bytes, by which something may be concluded
    if (decides !== (this.#info.decides ?? FIRST_DECIDES)) {
      this.#info = { ...this.#info, decides };
      writeSeat(this.#shared.dir, this.#info);
    }
    for (let at = have - pos; at < data.length;) at += writeSync(this.#fd, data, at, data.length - at, pos + at);
    this.problem = undefined;
    this.#read();
    this.look();
  }

  /**
   * Whether workers of this machine need what happens at the seat and no other process would start them, or
   * notice their end: a Claude Code session that has joined, and those that were planned here.
   */
  get isNeeded(): boolean {
    const { state } = this.#log;
    const place = placementOf(this.#shared.dir);
    return [...state.workers.values()].some((worker) => {
      if (hasEnded(worker) || !place.isHere(worker)) return false;
      if (worker.kind !== SESSION) return machineOf(state.runs.get(worker.run ?? '')?.via ?? '') === this.#info.machine;
      return worker.pid !== undefined && isAlive(worker.pid, worker.startTime, place.hostOf(worker)) === true;
    });
  }

  /** Called each second: asks again for what is missing, and tends the workers of this machine. */
  tick(): void {
    this.#guarded(() => {
      reportLost(this.#log, this.#shared.clock.now(), () => this.#read());
      this.#shared.startWorkers(this.#log);
    });
    const have = fstatSync(this.#fd).size;
    if (have === 0 || (have < this.#missing && have === this.#had)) this.#ask();
    this.#had = have;
    this.look();
    this.#guarded(() => this.#output.tick());
    this.#nudge();
  }

  /** Whether the stream still has the outbox, and has no more of the log than the copy; called at intervals. */
  async check(): Promise<void> {
    await this.#out?.check();
    await this.#output.results.check();
    const { link, space, session } = this.#shared;
    const last = await link
      .last(subjectText(space, { kind: 'log', seat: this.#info.seat, session }))
      .catch(() => undefined);
    if (this.#isStopped) return;
    const isBehind =
      last !== undefined &&
      (last.gen === this.#info.of ? last.end > fstatSync(this.#fd).size : isLater(last.gen, this.#info.of ?? ''));
    if (isBehind && this.#isStalled) {
      this.#following?.restart(0);
      this.#ask();
    }
    // what is under way just now has arrived at the next look
    this.#isStalled = isBehind && !this.#isStalled;
  }

  /** Whether a message is of the log that is copied here from now on: a later generation takes the place of the known one. */
  #follows(gen: string): boolean {
    const info = readSeat(this.#shared.dir) ?? this.#info;
    // another bridge of this home was faster
    if (info.of === gen && info.replaces !== true) this.#adopt(info);
    else if (info.of === undefined || isLater(gen, info.of)) this.#adopt(this.#replace(this.#nextInfo(info, gen)));
    else return false;
    return true;
  }

  /**
   * The outbox gets another generation with the log, which begins where the earlier log had taken it: what that log has not
   * taken is published for the new one.
   */
  #nextInfo(info: SeatInfo, of: string): SeatInfo {
    const base = info.of === undefined || info.replaces === true ? (info.base ?? 0) : this.#arrivedEnd();
    return { ...info, of, gen: outboxGeneration(of), base, replaces: true };
  }

  /** Replaces the copy by an empty one. A crash in between leaves a mark, by which it is done at the next start. */
  #replace(info: SeatInfo): SeatInfo {
    const { dir } = this.#shared;
    const { replaces: _, ...done } = info;
    writeSeat(dir, info);
    writeFileAtomic(sessionPaths(dir).copy, '', { mode: 0o600 });
    writeSeat(dir, done);
    return done;
  }

  #adopt(info: SeatInfo): void {
    this.#info = info;
    this.#missing = 0;
    const fd = this.#open();
    closeSync(this.#fd);
    this.#fd = fd;
    this.#out?.stop();
    this.#out = undefined;
    this.#read();
    this.#publishOutbox();
  }

  #open(): number {
    return openFile(sessionPaths(this.#shared.dir).copy, constants.O_RDWR | constants.O_CREAT).fd;
  }

  #publishOutbox(): void {
    const { link, clock, sync, report, space, machine, session, dir } = this.#shared;
    const { seat, gen, base = 0, of } = this.#info;
    if (gen === undefined || of === undefined) return;
    this.#guarded(() => this.#pad(this.#arrivedEnd()));
    this.#out = new Outgoing({
      link,
      clock,
      sync,
      report,
      gen,
      base,
      subject: subjectText(space, { kind: 'up', seat, session, machine }),
      path: sessionPaths(dir).log,
      taken: () => this.#arrivedEnd() - base,
      onAhead: (last) => {
        if (last.gen === gen) this.#guarded(() => this.#pad(base + last.end));
      },
    });
    void this.#out.resync();
  }

  /** This machine has lost lines of its outbox that others have: blank bytes keep the count, so that new ones are not taken for those. */
  #pad(end: number): void {
    const lost = end - this.#outboxSize();
    if (lost <= 0) return;
    // no seat takes so much: it would fill the disk for nothing
    if (lost > MAX_MACHINE_BYTES)
      throw new Error(
        `${this.#info.seat} has ${end} bytes of this machine's words, which it never published: what it publishes here does not arrive`,
      );
    const { fd } = openFile(sessionPaths(this.#shared.dir).log, constants.O_WRONLY | constants.O_APPEND);
    try {
      for (let left = lost; left > 0; left -= PAD_BYTES) writeSync(fd, '\n'.repeat(Math.min(left, PAD_BYTES)));
    } finally {
      closeSync(fd);
    }
  }

  #outboxSize(): number {
    return statSync(sessionPaths(this.#shared.dir).log, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Up to which offset of the file the outbox has come back in the copy. */
  #arrivedEnd(): number {
    const via = viaOfOutbox(this.#info);
    return (this.#info.base ?? 0) + (via === undefined ? 0 : (this.#log.state.machines.get(via) ?? 0));
  }

  #read(): void {
    this.#log.refresh();
    if (this.#log.readOnly) return;
    armFromState(this.#shared.dir, this.#log.state);
    saveSnapshot(this.#log);
  }

  #ask(): void {
    const { link, clock, space, session } = this.#shared;
    const now = clock.now();
    if (Math.abs(now - this.#askedMs) < ASK_MS) return;
    this.#askedMs = now;
    const have = fstatSync(this.#fd).size;
    link.send(subjectText(space, { kind: 'ask', seat: this.#info.seat, session }), `${this.#info.of ?? '-'} ${have}`);
  }

  /** The stream has acknowledged words that do not come back: the seat may have missed them. */
  #nudge(): void {
    const { link, clock, space, session, machine } = this.#shared;
    const end = this.#arrivedEnd();
    const now = clock.now();
    if (end !== this.#arrived.end || this.waiting === 0) this.#arrived = { end, ms: now };
    if (Math.abs(now - this.#arrived.ms) < NUDGE_MS || this.#info.gen === undefined) return;
    this.#arrived.ms = now;
    link.send(subjectText(space, { kind: 'nudge', seat: this.#info.seat, session, machine }), this.#info.gen);
  }

  #nacked(text: string): void {
    const { gen, offset } = parseOffset(text) ?? {};
    if (gen === undefined || offset === undefined) return;
    if (gen === this.#info.gen) this.#out?.back(offset);
    else this.#guarded(() => this.#output.results.nacked(gen, offset));
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.problem = (error as Error).message;
      this.#shared.report(error);
    }
  }
}

/** The text of `ask` and `nack`: a generation and how far it is known. */
export function parseOffset(text: string): { gen: string; offset: number } | undefined {
  const [, gen = '', digits = ''] = /^([A-Za-z0-9_-]{1,128}) (\d{1,16})$/.exec(text) ?? [];
  const offset = Number(digits);
  return gen !== '' && Number.isSafeInteger(offset) ? { gen, offset } : undefined;
}
