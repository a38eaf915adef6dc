import { closeSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { openFile } from '#core/base/files/openFile.ts';
import { foldOf } from '#core/machines/output/workerOutput.ts';
import { visibleText, withoutColours } from '#protocol/hiddenText.ts';

const BLOCK_BYTES = 1 << 16;

/** The log of a worker's stream, from its beginning to where it was read last: each call has what is new. */
export class PrintedOutput {
  readonly #path: string;
  readonly #note: (sentence: string) => void;
  #decoder = new StringDecoder('utf8');
  #identity: string | undefined;
  #position = 0;
  #omitted = 0;
  /** How long the line is that counts what was left out. */
  #lineBytes = 0;

  /** @param note takes a sentence about what cannot be gone on with */
  constructor(path: string, note: (sentence: string) => void) {
    this.#path = path;
    this.#note = note;
  }

  /**
   * Hands over what is new, for a terminal: hidden characters are written out. Throws the system's error where that is no file.
   * @param identity another one means that the file is another log; by default the file's own
   * @param isStill whether the file that was opened is of that identity, which can be replaced just before; where not, nothing is read
   * @returns false where nothing could be read for that reason
   */
  read(take: (text: string) => void, identity?: string, isStill = (): boolean => true): boolean {
    let opened;
    try {
      opened = openFile(this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
      throw error;
    }
    const { fd, stats } = opened;
    try {
      if (!isStill()) return false;
      this.#follow(identity ?? String(stats.ino), stats.size, foldOf(fd, stats));
      const block = Buffer.alloc(BLOCK_BYTES);
      for (;;) {
        const length = readSync(fd, block, 0, BLOCK_BYTES, this.#position);
        if (length === 0) return true;
        this.#position += length;
        take(terminalText(this.#decoder.write(block.subarray(0, length))));
      }
    } finally {
      closeSync(fd);
    }
  }

  /** Finds the place again where the log was folded or replaced meanwhile. */
  #follow(identity: string, size: number, fold: ReturnType<typeof foldOf>): void {
    const { omitted = 0, at = 0, end = 0 } = fold ?? {};
    const before = { identity: this.#identity, omitted: this.#omitted, lineBytes: this.#lineBytes };
    [this.#identity, this.#omitted, this.#lineBytes] = [identity, omitted, end - at];
    const isSame = before.identity === identity;
    if (before.identity === undefined || (isSame && omitted === before.omitted && this.#position <= size)) return;
    this.#decoder = new StringDecoder('utf8');
    if (!isSame || omitted <= before.omitted) {
      this.#position = 0;
      this.#note('the output begins anew');
      return;
    }
    const place = this.#position + before.omitted - before.lineBytes - omitted + this.#lineBytes;
    // what comes next may not be there any more
    this.#position = place >= end ? place : at;
  }
}

/** What a program has printed, for a terminal: a carriage return, as of a progress bar, begins a line. */
const terminalText = (text: string): string =>
  visibleText(withoutColours(text.replaceAll('\r\n', '\n').replaceAll('\r', '\n')));
