import { truncate } from '#core/base/text.ts';
import { nonce } from '#core/base/nonce.ts';
import type { Link, LiveMessage } from '#core/machines/link.ts';
import { HEARD_MS } from '#core/machines/sessionLink.ts';
import { allHere, parseSubject, subjectText } from '#core/machines/subjects.ts';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import type { BridgeStatus, MachineHere } from '#protocol/fileFormats.ts';
import { machineHereSchema } from '#protocol/schemas.ts';

/** More machines, and more of their sessions, are not remembered. */
const [MAX_MACHINES, MAX_SESSIONS] = [1000, 200];
/** Of the name of a session, or of its project. */
const MAX_NAME_CHARS = 200;
const MIN_INTERVAL_MS = 1000;

type Machine = BridgeStatus['machines'][number];

interface PresenceOptions {
  link: Link;
  space: string;
  /** This machine's name. */
  name: string;
  version: string | undefined;
  /** The sessions whose seat is this machine. */
  sessions: () => MachineHere['sessions'];
  /** What an earlier bridge had heard. */
  known: readonly Machine[];
}

/** The signs of life of this machine, and what it has heard of the others. */
export class Presence {
  readonly #machines: Map<string, Machine>;
  readonly #options: PresenceOptions;
  #publishedMs = 0;
  readonly #bridge = nonce();
  #twinMs = -Infinity;

  constructor(options: PresenceOptions) {
    this.#options = options;
    const { link, space, name, known } = options;
    this.#machines = new Map(known.filter((each) => each.name !== name).map((each) => [each.name, each]));
    link.live(allHere(space), (subject, message) => this.#hear(subject, message));
    link.live(subjectText(space, { kind: 'who' }), () => {
      // however often that is published, this machine answers once a second
      if (Math.abs(Date.now() - this.#publishedMs) >= MIN_INTERVAL_MS) this.publish();
    });
    link.onChange((change) => {
      if (change !== 'connected') return;
      this.publish();
      link.send(subjectText(space, { kind: 'who' }), '');
    });
  }

  get machines(): Machine[] {
    return [...this.#machines.values()];
  }

  /** Why this machine cannot be told from another one, as a sentence for the person. */
  get problem(): string | undefined {
    if (Math.abs(Date.now() - this.#twinMs) >= HEARD_MS) return undefined;
    return `another machine is called ${this.#options.name} as well, so words for one of them go astray: give it another name (fermata.machines.name), with credentials of its own`;
  }

  /** Lets the others know that this machine is there, with its sessions. */
  publish(): void {
    this.#publishedMs = Date.now();
    const { link, space, name, version, sessions } = this.#options;
    const here: MachineHere = {
      bridge: this.#bridge,
      version,
      now: Date.now(),
      sessions: sessions().slice(0, MAX_SESSIONS),
    };
    link.send(subjectText(space, { kind: 'here', machine: name }), JSON.stringify(here));
  }

  #hear(subject: string, message: LiveMessage): void {
    const { space, name: own } = this.#options;
    const parsed = parseSubject(space, subject);
    const here = 'text' in message ? parseHere(message.text) : undefined;
    if (parsed?.kind !== 'here' || here === undefined) return;
    const now = Date.now();
    const { version, sessions, bridge } = here;
    if (parsed.machine === own) {
      if (bridge !== undefined && bridge !== this.#bridge) this.#twinMs = now;
      return;
    }
    // in the order in which they were heard: pods come under new names, and their names do not come back
    this.#machines.delete(parsed.machine);
    const [oldest] = this.#machines.keys();
    if (oldest !== undefined && this.#machines.size >= MAX_MACHINES) this.#machines.delete(oldest);
    this.#machines.set(parsed.machine, {
      name: parsed.machine,
      heardTs: now,
      ...(version !== undefined && { version: truncate(version, 40) }),
      clockMs: Math.round(here.now - now),
      sessions: sessions.slice(0, MAX_SESSIONS).map(({ session, project, name }) => ({
        session,
        ...(project !== undefined && { project: truncate(project, MAX_NAME_CHARS) }),
        ...(name !== undefined && { name: truncate(name, MAX_NAME_CHARS) }),
      })),
    });
  }
}

function parseHere(text: string): MachineHere | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return dropInvalid(machineHereSchema, value) === undefined ? undefined : (value as MachineHere);
  } catch {
    return undefined;
  }
}
