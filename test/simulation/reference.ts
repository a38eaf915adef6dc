import type { SessionState } from '#protocol/state.ts';
import type { Machine } from './kernel/machine.ts';
import type { Programs } from './programs.ts';

interface LineFact {
  pos: number;
  event: Record<string, unknown>;
}

/**
 * The fold of a log from its first byte, beside whatever the programs keep. Reads what is new when it is asked to, and
 * looks at the state after each line.
 */
export class Reference {
  readonly #machine: Machine;
  readonly #path: string;
  readonly #parts: Programs['parts'];
  readonly state: SessionState;
  readonly lines: LineFact[] = [];
  readonly #reader;
  /** The first step of the fold that no fold may make. */
  problem: string | undefined;
  #newestToken = -1;
  #decided = new Map<string, number>();

  constructor(machine: Machine, path: string, parts: Programs['parts']) {
    this.#machine = machine;
    this.#path = path;
    this.#parts = parts;
    this.state = parts.emptyState();
    this.#reader = new parts.LineReader();
  }

  refresh(): SessionState {
    const inode = this.#machine.disk.peek(this.#path);
    if (inode === undefined || inode.kind !== 'file') return this.state;
    const start = this.#reader.end;
    if (inode.size <= start) return this.state;
    this.#reader.push(Buffer.from(inode.content.subarray(start)), (line) => {
      const event = 'value' in line && typeof line.value === 'object' && line.value !== null ? line.value : {};
      this.lines.push({ pos: line.pos, event: event as Record<string, unknown> });
      this.#parts.reduce(this.state, line);
      this.problem ??= this.#wrongStep(event as Record<string, unknown>);
    });
    return this.state;
  }

  #wrongStep(event: Record<string, unknown>): string | undefined {
    const { locks, ballots } = this.state;
    for (const { resource, holders } of locks.values()) {
      if (holders.length > 1 && holders.some(({ mode }) => mode === 'exclusive'))
        return `${holders.map(({ worker }) => worker).join(' and ')} hold ${resource}, one of them for itself`;
      for (const { token } of holders) {
        if (
          token < this.#newestToken &&
          event['t'] === 'acquire' &&
          holders.length === 1 &&
          holders[0]?.grantedTs === event['ts']
        )
          return `${resource} was granted with a token that is no newer`;
        this.#newestToken = Math.max(this.#newestToken, token);
      }
    }
    for (const { name, decided } of ballots.values()) {
      if (decided === undefined) continue;
      const before = this.#decided.get(name);
      if (before !== undefined && before !== decided.pos) return `the ballot ${name} was decided twice`;
      this.#decided.set(name, decided.pos);
    }
    return undefined;
  }
}
