import { join } from 'node:path';
import { isSessionId } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { syncData } from '#core/base/files/syncFile.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { nonce } from '#core/base/nonce.ts';
import { homePaths } from '#core/base/paths.ts';
import { isCopy, readSeat } from '#core/session/seat.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { MachineRole } from './admit.ts';
import { systemClock, type Clock } from './clock.ts';
import { Copy, parseOffset } from './copy.ts';
import type { FileBytes, Link, StoredMessage, Subscription } from './link.ts';
import { Seat } from './seat.ts';
import { allGets, isToken, parseSubject, subjectText, toSeat } from './subjects.ts';

/** A mark that has not come back in this time is given up: another one follows. */
const MARK_MS = 10_000;

interface BridgedHomeOptions {
  home: string;
  space: string;
  /** The name of this machine. */
  machine: string;
  link: Link;
  /** What another machine may publish to sessions seated here. */
  roleOf: (machine: string) => MachineRole;
  /** The most that is brought of one worker's results, in bytes. */
  maxResultBytes: () => number;
  /** Starts those workers of this machine that may start by a copy. */
  startWorkers?: (log: SessionLog) => void;
  /** Takes an error that ends nothing. */
  report: (error: unknown) => void;
  clock?: Clock;
  /** Waits until the bytes of an open file are on disk. */
  sync?: (fd: number) => Promise<void>;
}

/** A shared session, for people who look at the connection. */
export interface BridgedSession {
  session: string;
  seat: string;
  /** Bytes that the stream has not acknowledged. */
  behind: number;
  /** On a copy: bytes of this machine that the seat has not taken, as far as the copy has it. */
  waiting: number;
  /** Counts what has not arrived in lines: reads them, for people. */
  lines: () => number;
  /** Why nothing can be written here at present. */
  problem: string | undefined;
  /** At the seat: what the log has of the session itself. */
  about?: SessionState['session'];
}

/**
 * The shared sessions of a home: each is published or copied. It decides nothing that cannot be repeated, so it may be ended
 * and started at any time, and two of them do no harm.
 */
export class BridgedHome {
  readonly #options: Required<BridgedHomeOptions>;
  readonly #seated = new Map<string, Seat>();
  readonly #copies = new Map<string, Copy>();
  readonly #subscriptions: Subscription[] = [];
  #following: { restart(afterSeq: number): void } | undefined;
  #followingResults: { restart(afterSeq: number): void } | undefined;
  #mark: { text: string; sinceMs: number } | undefined;

  constructor(options: BridgedHomeOptions) {
    this.#options = { clock: systemClock, sync: syncData, startWorkers: () => {}, ...options };
  }

  /** Subscribes to what concerns this machine, and begins with the sessions that are there. */
  start(): void {
    const { link, space, machine } = this.#options;
    this.#subscriptions.push(
      link.onChange((change) => {
        if (change === 'otherStream') this.#restart();
        if (change === 'disconnected') return;
        this.#mark = undefined;
        for (const seat of this.#seated.values()) seat.resync();
        for (const copy of this.#copies.values()) copy.resync(change === 'otherStream');
      }),
      link.live(toSeat(space, 'up', machine), (subject, message) => {
        if ('gen' in message) this.#takeOutbox(subject, message, true);
      }),
      link.live(toSeat(space, 'ask', machine), (subject, message) => {
        const of = parseSubject(space, subject);
        const { gen, offset } = ('text' in message && parseOffset(message.text)) || {};
        if (of?.kind === 'ask' && gen !== undefined && offset !== undefined)
          this.#seated.get(of.session)?.asked(gen, offset);
      }),
      link.live(toSeat(space, 'nudge', machine), (subject, message) => {
        const of = parseSubject(space, subject);
        if (of?.kind === 'nudge' && 'text' in message && isToken(message.text))
          this.#seated.get(of.session)?.nudged(of.machine, message.text);
      }),
      link.live(toSeat(space, 'piece', machine), (subject, message) => {
        const of = parseSubject(space, subject);
        if (of?.kind === 'piece' && 'text' in message)
          this.#seated.get(of.session)?.output.takePiece(of.machine, message.text);
      }),
      link.live(allGets(space, machine), (subject, message) => {
        const of = parseSubject(space, subject);
        const copy = of?.kind === 'get' ? this.#copies.get(of.session) : undefined;
        if (of?.kind === 'get' && copy?.seat === of.seat && 'text' in message) copy.requested(message.text);
      }),
    );
    this.discover();
    const following = link.follow(toSeat(space, 'up', machine), 0, (message) => this.#takeStored(message));
    this.#following = following;
    const results = link.follow(toSeat(space, 'out', machine), 0, ({ subject: from, message }) => {
      const of = parseSubject(space, from);
      if (of?.kind === 'out' && 'gen' in message) this.#seated.get(of.session)?.output.takeResults(of.machine, message);
    });
    this.#followingResults = results;
    this.#subscriptions.push(following, results);
  }

  stop(): void {
    for (const each of this.#subscriptions) each.stop();
    for (const seat of this.#seated.values()) seat.stop();
    for (const copy of this.#copies.values()) copy.stop();
  }

  #restart(): void {
    this.#following?.restart(0);
    this.#followingResults?.restart(0);
  }

  /** Begins with sessions that are shared since, and ends with those that are no more. To be called at least each second. */
  discover(): void {
    const { sessions } = homePaths(this.#options.home);
    const names = new Set(namesIn(sessions).filter(isSessionId));
    for (const session of names) this.#discoverOne(session, join(sessions, session));
    for (const list of [this.#seated, this.#copies])
      for (const [session, each] of list)
        if (!names.has(session)) {
          each.stop();
          list.delete(session);
        }
  }

  #discoverOne(session: string, dir: string): void {
    const { space, machine, link, clock, sync, report, roleOf, maxResultBytes, startWorkers } = this.#options;
    const known = this.#copies.get(session);
    const info = readSeat(dir);
    // it was deleted and followed again, or its person has corrected the name of its machine
    if (known !== undefined && (known.isGone || (info !== undefined && info.seat !== known.seat))) {
      known.stop();
      this.#copies.delete(session);
    }
    const isKnown = this.#seated.has(session) || this.#copies.has(session);
    if (info?.space !== space || info.machine !== machine) {
      this.#seated.get(session)?.stop();
      this.#copies.get(session)?.stop();
      this.#seated.delete(session);
      this.#copies.delete(session);
      return;
    }
    if (isKnown) return;
    const shared = { dir, session, space, machine, link, clock, sync, report, maxResultBytes, startWorkers };
    try {
      if (info.seat === machine && !isCopy(dir)) {
        const seat = new Seat({ ...shared, roleOf, onReady: () => this.#restart() });
        seat.start();
        this.#seated.set(session, seat);
      } else if (info.seat !== machine && isCopy(dir)) {
        const copy = new Copy(shared, info);
        copy.start();
        this.#copies.set(session, copy);
      }
    } catch (error) {
      report(error);
    }
  }

  /** Something has changed in the folder of a session, or in any: publishes what is new there. */
  look(session?: string): void {
    if (session === undefined) for (const each of [...this.#seated.values(), ...this.#copies.values()]) each.look();
    else (this.#seated.get(session) ?? this.#copies.get(session))?.look();
  }

  /** To be called each second: expiries, flags, and what is still missing. */
  tick(): void {
    for (const each of [...this.#seated.values(), ...this.#copies.values()]) each.tick();
    if ([...this.#seated.values()].some(({ hasForeignDue }) => hasForeignDue)) this.#publishMark();
  }

  /** To be called every 15 seconds, or more often in a test: what the server may have forgotten. */
  async check(): Promise<void> {
    for (const each of [...this.#seated.values(), ...this.#copies.values()])
      await each.check().catch((error: unknown) => this.#options.report(error));
  }

  get sessions(): BridgedSession[] {
    const { machine } = this.#options;
    return [
      ...Array.from(this.#seated, ([session, seat]) => ({
        session,
        seat: machine,
        behind: seat.behind,
        waiting: 0,
        lines: () => seat.lines,
        problem: seat.problem ?? seat.output.problem,
        about: seat.about,
      })),
      ...Array.from(this.#copies, ([session, copy]) => ({
        session,
        seat: copy.seat,
        behind: copy.behind,
        waiting: copy.waiting,
        lines: () => copy.lines,
        problem: copy.problem,
      })),
    ];
  }

  /** Whether the stream has acknowledged all that was published here. */
  get isUnsent(): boolean {
    return this.sessions.some(({ behind }) => behind > 0);
  }

  /** Whether workers of this machine need a session whose seat is elsewhere, or a room is open here. */
  get isNeeded(): boolean {
    return (
      [...this.#copies.values()].some((copy) => copy.isNeeded) || [...this.#seated.values()].some((seat) => seat.isRoom)
    );
  }

  #takeOutbox(subject: string, message: FileBytes, isLive: boolean): void {
    const of = parseSubject(this.#options.space, subject);
    if (of?.kind === 'up') this.#seated.get(of.session)?.take(of.machine, message, isLive);
  }

  #takeStored({ subject, message }: StoredMessage): void {
    if ('gen' in message) return this.#takeOutbox(subject, message, false);
    if (message.mark !== this.#mark?.text) return;
    this.#mark = undefined;
    for (const seat of this.#seated.values()) seat.expireForeign();
  }

  /** What was published before the mark has been taken once it comes back in the stream's order. */
  #publishMark(): void {
    const { link, space, machine, clock } = this.#options;
    const now = clock.now();
    if (!link.connected || (this.#mark !== undefined && Math.abs(now - this.#mark.sinceMs) < MARK_MS)) return;
    const mark = { text: nonce(), sinceMs: now };
    this.#mark = mark;
    link.publish(subjectText(space, { kind: 'marks', seat: machine }), { mark: mark.text }).catch(() => {
      if (this.#mark === mark) this.#mark = undefined;
    });
  }
}
