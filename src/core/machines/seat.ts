import { closeSync, constants, writeSync } from 'node:fs';
import { DECIDES } from '#protocol/decides.ts';
import type { SeatInfo } from '#protocol/fileFormats.ts';
import type { SessionState } from '#protocol/state.ts';
import { statOf } from '#core/base/files/facts.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { logToRead } from '#core/base/paths.ts';
import { dueExpiries } from '#core/fold/expiries.ts';
import { isOpenRoom } from '#core/fold/rooms.ts';
import type { NewEvent } from '#core/log/append.ts';
import { arm, armFromState, eventsToArm } from '#core/session/armed.ts';
import { publishExpiries } from '#core/session/expiries.ts';
import { raiseAnswer } from '#core/session/flags.ts';
import { LeaseWatch } from '#core/session/leaseWatch.ts';
import { publish } from '#core/session/publish.ts';
import { readSeat, writeSeat } from '#core/session/seat.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import type { MachineRole } from './admit.ts';
import { isLater, isOutbox, isOutboxOf, newGeneration } from './generation.ts';
import { LineCount } from './lineCount.ts';
import type { FileBytes } from './link.ts';
import { OutboxGaps, type Outbox } from './outboxGaps.ts';
import { Outgoing } from './outgoing.ts';
import { SeatOutput } from './output/seatOutput.ts';
import { SenderLimits } from './senderLimits.ts';
import type { SharedSession } from './shared.ts';
import { stampLines } from './stampLines.ts';
import { subjectText } from './subjects.ts';

/** The log is published again for a receiver at most once in this time. */
const RESEND_MS = 5000;
const RETRY_MS = 1000;
/** No more machines are named in warnings: with a password that all share one may call itself as it likes. */
const MAX_WARNED = 1000;

interface SeatOptions extends SharedSession {
  roleOf: (machine: string) => MachineRole;
  /** Called once the seat takes what others publish: what came before has to come again. */
  onReady: () => void;
}

/**
 * A session whose log is on this machine: publishes the log to the others, and appends what they have published. Crashes and
 * second instances are harmless: how far each outbox is taken stands in the log.
 */
export class Seat {
  readonly #options: SeatOptions;
  readonly #log: SessionLog;
  readonly #lineCount: LineCount;
  readonly #subject: string;
  /** What workers on other machines print and leave. */
  readonly output: SeatOutput;
  readonly #limits = new SenderLimits();
  readonly #leases = new LeaseWatch();
  readonly #gaps: OutboxGaps;
  readonly #warned = new Set<string>();
  #gen: string | undefined;
  #out: Outgoing | undefined;
  #isReplaced = false;
  #preparing: Promise<void> | undefined;
  #resentMs = -Infinity;
  #resend: { from: number; timer: { cancel(): void } } | undefined;
  #isStopped = false;
  /** Why nothing can be taken at present, for people. */
  problem: string | undefined;

  constructor(options: SeatOptions) {
    this.#options = options;
    const { dir, space, machine, session, clock } = options;
    this.#gaps = new OutboxGaps(clock, (outbox) => this.#nack(outbox));
    this.#log = new SessionLog(dir);
    this.#lineCount = new LineCount(logToRead(dir));
    this.#subject = subjectText(space, { kind: 'log', seat: machine, session });
    this.output = new SeatOutput({ ...options, state: () => this.#log.state });
  }

  /** Begins to publish once the server can be reached. Throws where the log cannot be read. */
  start(): void {
    this.#log.refresh();
    // what was appended just before a crash may not be armed
    if (!this.#log.readOnly) armFromState(this.#options.dir, this.#log.state);
    this.resync();
  }

  stop(): void {
    this.#isStopped = true;
    this.#out?.stop();
    this.output.stop();
    this.#resend?.timer.cancel();
  }

  /** Bytes that the stream has not acknowledged. */
  get behind(): number {
    return this.#out?.behind ?? this.#log.size;
  }

  /** The lines of that. */
  get lines(): number {
    const { behind } = this;
    const size = statOf(logToRead(this.#options.dir))?.size ?? 0;
    return behind === 0 ? 0 : this.#lineCount.between(Math.max(0, size - behind), size);
  }

  /** What the log has of the session itself. */
  get about(): SessionState['session'] {
    return this.#log.state.session;
  }

  /** The machines that have published to this session, with how far each outbox is taken. */
  get taken(): ReadonlyMap<string, number> {
    return this.#log.state.machines;
  }

  /** Something in the session's folder may have changed. */
  look(): void {
    // bytes of another log are never published under this one's generation
    if (this.#refresh()) this.#out?.poke();
  }

  /** The connection or the stream is another one. */
  resync(): void {
    if (this.#out === undefined) this.#prepare();
    else void this.#out.resync();
  }

  /** Whether the stream and the file are still what they were; called at intervals. */
  async check(): Promise<void> {
    if (!this.#refresh()) return;
    const info = readSeat(this.#options.dir);
    // another bridge of this home has begun a later generation
    if (info?.gen !== undefined && this.#gen !== undefined && isLater(info.gen, this.#gen)) return this.#renew(false);
    if (this.#out === undefined) this.#prepare();
    else await this.#out.check();
  }

  #prepare(): void {
    if (this.#isStopped || this.#preparing !== undefined || !this.#options.link.connected) return;
    this.#preparing = this.#begin()
      .catch((error: unknown) => {
        if (this.#options.link.connected) this.#options.report(error);
        this.#options.clock.later(RETRY_MS, () => this.#prepare());
      })
      .finally(() => (this.#preparing = undefined));
  }

  /** Decides under which generation the log is published. */
  async #begin(): Promise<void> {
    const { dir, link, clock, sync, report } = this.#options;
    const last = await link.last(this.#subject);
    if (this.#isStopped) return;
    this.#log.refresh();
    const info = readSeat(dir);
    if (info === undefined) return;
    const known = this.#knownGeneration(info, last);
    const gen = known ?? newGeneration(clock.now(), laterOf(last?.gen, info.gen));
    if (known === undefined) {
      writeSeat(dir, { ...info, gen, nonce: this.#log.state.nonce ?? '' });
      if (info.gen !== undefined && !this.#log.readOnly) publish(dir, clock.now(), REPLACED);
    }
    this.#isReplaced = false;
    this.#gen = gen;
    this.#out = new Outgoing({
      link,
      clock,
      sync,
      report,
      gen,
      subject: this.#subject,
      path: logToRead(dir),
      decides: DECIDES,
      base: 0,
      taken: () => 0,
      onAhead: (last) => {
        if (last.gen === gen || isLater(last.gen, gen)) this.#renew(last.gen === gen);
      },
    });
    this.#options.onReady();
    void this.#out.resync();
  }

  /** The generation of this log, unless the log has become another one, or was set back, since it got that. */
  #knownGeneration({ gen, nonce }: SeatInfo, last: { gen: string; end: number } | undefined): string | undefined {
    if (gen === undefined || this.#isReplaced || nonce !== (this.#log.state.nonce ?? '')) return undefined;
    if (last === undefined) return gen;
    return isLater(last.gen, gen) || (last.gen === gen && last.end > this.#log.size) ? undefined : gen;
  }

  #renew(isReplaced: boolean): void {
    this.#isReplaced ||= isReplaced;
    this.#out?.stop();
    this.#out = undefined;
    this.#gen = undefined;
    this.#gaps.clear();
    this.#options.clock.later(0, () => this.#prepare());
  }

  /** Reads the log; false where it is another one now, which gets another generation first, or cannot be read. */
  #refresh(): boolean {
    const { generation } = this.#log;
    try {
      this.#log.refresh();
    } catch (error) {
      this.#fail(error);
      return false;
    }
    if (this.#log.generation === generation) return true;
    this.#renew(true);
    return false;
  }

  /** Takes bytes of an outbox. `isLive`: they pass by, and the stream delivers what is missing before them. */
  take(machine: string, { gen, pos, data }: FileBytes, isLive: boolean): void {
    if (this.#gen === undefined || !isOutboxOf(gen, this.#gen) || !this.#refresh() || this.#log.readOnly) return;
    const { clock, roleOf } = this.#options;
    const via = `${machine}/${gen}`;
    const have = this.#log.state.machines.get(via) ?? 0;
    const end = pos + data.length;
    if (end <= have) return;
    if (pos > have) return this.#gaps.open(via, { machine, gen, end, have }, isLive);
    const now = clock.now();
    const judged = this.#limits.judge(this.#log.state, machine, end - have, now);
    if (judged !== 'taken') {
      if ('why' in judged) this.#warn(machine, `${judged.why}: what it publishes further is not taken`);
      else clock.later(judged.waitMs, () => this.#nack({ machine, gen }));
      return;
    }
    const sender = { machine, role: roleOf(machine) };
    const { events, refused, answers } = stampLines(this.#log.state, sender, { via, pos, data }, have, now);
    try {
      for (const { ask, ...answer } of answers) raiseAnswer(this.#options.dir, ask, answer);
      this.#append(events);
      this.problem = undefined;
    } catch (error) {
      this.#fail(error);
      clock.later(RETRY_MS, () => this.#nack({ machine, gen }));
      return;
    }
    if (refused[0] !== undefined) this.#warn(machine, `a line of it does not count: ${refused[0]}`);
    this.#gaps.close(via, end);
    if (!this.#refresh()) return;
    saveSnapshot(this.#log);
    this.#out?.poke();
  }

  /** Appends lines in one write, each as `append` does, and arms what they concern. Throws the system's error. */
  #append(events: NewEvent[]): void {
    const { dir } = this.#options;
    const bytes = Buffer.from(events.map((event) => `\n${JSON.stringify(event)}\n`).join(''), 'utf8');
    const { fd, stats } = openFile(logToRead(dir), constants.O_WRONLY | constants.O_APPEND);
    try {
      // another log has taken its place since it was read
      if (stats.ino !== this.#log.inode) return;
      const written = writeSync(fd, bytes);
      if (written !== bytes.length) throw new Error('the log could not be written: is the disk full?');
    } finally {
      closeSync(fd);
    }
    const toArm = new Set(events.flatMap(eventsToArm));
    if (toArm.size > 0) arm(dir, [...toArm]);
  }

  /** Sends a machine how far its outbox is taken: it publishes again from there. */
  #nack({ machine, gen }: Outbox): void {
    if (this.#isStopped || this.#gen === undefined || !isOutboxOf(gen, this.#gen)) return;
    const { link, space, machine: seat, session } = this.#options;
    const have = this.#log.state.machines.get(`${machine}/${gen}`) ?? 0;
    link.send(subjectText(space, { kind: 'nack', seat, session, machine }), `${gen} ${have}`);
  }

  /** A machine wants to know how far its outbox is taken. */
  nudged(machine: string, gen: string): void {
    if (this.#refresh()) this.#nack({ machine, gen });
    if (!isOutbox(gen)) this.output.nudged(machine, gen);
  }

  /** A receiver has a gap in its copy: publishes again from there, for all receivers at once. */
  asked(gen: string, offset: number): void {
    if (this.#out === undefined) return;
    const from = gen === this.#gen ? offset : 0;
    if (this.#resend !== undefined) {
      this.#resend.from = Math.min(this.#resend.from, from);
      return;
    }
    const { clock } = this.#options;
    // no longer where the clock was set back meanwhile
    const waitMs = Math.min(RESEND_MS, Math.max(0, this.#resentMs + RESEND_MS - clock.now()));
    const resend = { from, timer: clock.later(waitMs, () => this.#publishAgain()) };
    this.#resend = resend;
  }

  #publishAgain(): void {
    const { from = 0 } = this.#resend ?? {};
    this.#resend = undefined;
    this.#resentMs = this.#options.clock.now();
    this.#out?.back(from);
  }

  /** Whether it is a room, which Conductors of other machines may join at any time. */
  get isRoom(): boolean {
    return isOpenRoom(this.#log.state);
  }

  /** Called each second: what is over by time, and what is still missing. */
  tick(): void {
    if (!this.#refresh() || this.#log.readOnly) return;
    this.#gaps.tick(this.#log.state.machines);
    this.#guarded(() => publishExpiries(this.#log, this.#options.clock.now(), this.#leases));
    // no hook of a Claude of its own notices that one which has joined here is gone
    if (this.isRoom)
      this.#guarded(() => void reportLost(this.#log, this.#options.clock.now(), () => void this.#refresh()));
    this.#guarded(() => this.output.tick());
    this.#out?.poke();
  }

  /** Whether a lease of another machine is due: it ends only once all is known that was published there before. */
  get hasForeignDue(): boolean {
    if (this.#log.readOnly) return false;
    const { state } = this.#log;
    const now = this.#options.clock.now();
    return dueExpiries(state, now, hostIdentity, () => true).length > dueExpiries(state, now, hostIdentity).length;
  }

  /** Ends the leases of other machines that are due, after all was taken that the stream had. */
  expireForeign(): void {
    if (!this.#refresh()) return;
    const now = this.#options.clock.now();
    const isDrained = (via: string): boolean => this.#gaps.isDrained(via);
    this.#guarded(() => publishExpiries(this.#log, now, undefined, () => void this.#refresh(), isDrained));
    this.#out?.poke();
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.problem = (error as Error).message;
    this.#options.report(error);
  }

  /** One warning in the log about each machine. */
  #warn(machine: string, what: string): void {
    const message = `The machine ${machine}: ${what}`;
    const key = `The machine ${machine}: `;
    if (this.#warned.has(machine) || this.#warned.size >= MAX_WARNED) return;
    if (this.#log.state.notices.some(({ text }) => text.startsWith(key))) return;
    this.#warned.add(machine);
    this.#guarded(() => publish(this.#options.dir, this.#options.clock.now(), { t: 'log', level: 'warn', message }));
  }
}

const REPLACED: NewEvent = {
  t: 'log',
  level: 'warn',
  message:
    'The log of this session was replaced or set back: other machines begin it anew, and locks that they held are void.',
};

const laterOf = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && isLater(b, a)) ? b : a;
