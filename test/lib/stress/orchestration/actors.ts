import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sessionPaths } from '#core/base/paths.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Observations, SeenBlock } from '#test/lib/invariants/observations.ts';
import { clock, type ProgramRun, type RealStage } from './realStage.ts';

/** What goes on beside the plan: workers of their own, and the person. Each is one walk that ends by itself. */
export class Actors {
  readonly #stage: RealStage;
  readonly #seen: Observations;
  readonly #pick: () => number;
  /** Number of commands that were run. */
  commands = 0;

  constructor(stage: RealStage, seen: Observations, pick: () => number) {
    this.#stage = stage;
    this.#seen = seen;
    this.#pick = pick;
  }

  /** Runs `fermata`, and notes where it ends as it may not. */
  async #run(worker: string, ...args: string[]): Promise<ProgramRun> {
    this.commands++;
    const run = await this.#stage.cli(worker, ...args);
    const { code, stderr } = run;
    if (code !== null && (code > 6 || /\n\s+at .*:\d+|node:internal/.test(stderr)))
      this.#seen.misbehaved.push(`fermata ${args.join(' ')}: exit code ${code}: ${stderr.slice(0, 500)}`);
    return run;
  }

  /** Blocks, each on a path of its own; the worker clears it, or the person releases it by a flag. */
  async block(name: string, rounds: number): Promise<void> {
    for (let n = 0; n < rounds; n++) {
      const block: SeenBlock = { word: `not-${name}-${n}`, path: `${name}-${n}.txt`, asked: clock() };
      this.#seen.blocks.push(block);
      const match = ['--tool', 'Read', '--path', block.path];
      const { code, stdout, ended } = await this.#run(name, 'block', block.word, ...match, '--json');
      if (code === 0) block.inForce = ended;
      await delay(150 + this.#pick() * 500);
      const id = /"block": ?"(B\d+)"/.exec(stdout)?.[1];
      block.ending = clock();
      if (id !== undefined && this.#pick() < 0.4) this.#release(block, id);
      else if ((await this.#run(name, 'unblock')).code === 0) block.over = clock();
    }
  }

  /** As a person does it with `touch`. */
  #release(block: SeenBlock, id: string): void {
    try {
      writeFileSync(join(sessionPaths(this.#stage.dir).flags, `release-${id}`), '');
      block.over = clock();
    } catch {
      // there is no room for it
    }
  }

  async inform(name: string, count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const information = { word: `info-${name}-${n}`, to: CONDUCTOR, asked: clock() };
      const how = this.#pick() < 0.5 ? ['inform', information.word] : ['tell', CONDUCTOR, information.word];
      const { code, ended } = await this.#run(name, ...how);
      this.#seen.information.push(code === 0 ? { ...information, accepted: ended } : information);
      await delay(this.#pick() * 120);
    }
  }

  /** A message to a worker without hooks, which two of its programs read at once. */
  async mail(to: string): Promise<void> {
    const mail = { word: `mail-${to}-0`, to, asked: clock() };
    const { code, ended } = await this.#run('M1', 'tell', to, mail.word);
    this.#seen.information.push(code === 0 ? { ...mail, accepted: ended } : mail);
    await Promise.all([1, 2].map(() => this.readInbox(to)));
  }

  async readInbox(name: string): Promise<void> {
    const { code, stdout, began, ended } = await this.#run(name, 'inbox', '--json');
    for (const word of stdout.match(/\bmail-[A-Za-z0-9]+-\d+/g) ?? [])
      this.#seen.printed.push({ word, to: name, run: `inbox ${began}`, killed: code === null, began, ended });
  }

  /** Asks for a lock on a lease, and gives it back. */
  async lock(name: string): Promise<void> {
    const { code, stdout, ended } = await this.#run(name, 'acquire', 'db2', '--ttl', '800ms', '--wait', '2s', '--json');
    const token = /"token": ?(\d+)/.exec(stdout)?.[1];
    if (code === 0 && token !== undefined)
      this.#seen.grants.push({ resource: 'db2', worker: name, token: Number(token), at: ended });
    await delay(this.#pick() * 60);
    await this.#run(name, 'release', 'db2');
  }

  /** A ballot of three voters, of which one may be late or against it, and somebody who is no voter. */
  async vote(name: string): Promise<void> {
    const voters = ['V1', 'V2', 'V3'];
    await this.#run('V1', 'ballot', name, '--voters', voters.join(','), '--quorum', '2');
    const decisions = voters.map(() => (this.#pick() < 0.7 ? 'proceed' : 'abort'));
    await Promise.all(
      [...voters, 'X1'].map((voter, i) => this.#run(voter, 'vote', decisions[i] ?? 'proceed', '--ballot', name)),
    );
    const { code, stdout, ended } = await this.#run('V1', 'tally', name, '--json');
    const decision = /"decided":"(\w+)"/.exec(stdout)?.[1];
    if (code === 0 && decision !== undefined) this.#seen.tallies.push({ ballot: name, decision, at: ended });
  }
}
