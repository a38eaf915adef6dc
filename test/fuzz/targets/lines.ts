import { isUtf8 } from 'node:buffer';
import { fromUtf16, LineReader, type Line } from '#core/log/lineReader.ts';
import { digest, hold, jsonOf, same, type Target } from '#test/fuzz/target.ts';

const MAX_READ_BYTES = 256 * 1024;
const MAX_DEPTH = 500;

/** What a line is, read in the simplest way; `damage` for any kind of it, undefined for one without a value. */
function simplyRead(bytes: Buffer): { value: unknown } | 'damage' | undefined {
  if (bytes.length > MAX_READ_BYTES) return 'damage';
  const wide = bytes.includes(0) ? fromUtf16(bytes) : undefined;
  if (wide === undefined && !isUtf8(bytes)) return 'damage';
  const text = wide ?? bytes.toString('utf8').replace(/^\ufeff/, '');
  try {
    const value = JSON.parse(text) as unknown;
    return depthOf(value) > MAX_DEPTH ? 'damage' : { value };
  } catch {
    return text.trim() === '' ? undefined : 'damage';
  }
}

function depthOf(value: unknown): number {
  let depth = 0;
  let level = [value];
  for (;;) {
    level = level.filter((each) => typeof each === 'object' && each !== null).flatMap((each) => Object.values(each));
    if (level.length === 0) return depth + Number(typeof value === 'object' && value !== null);
    depth++;
  }
}

function read(chunks: Buffer[]): Line[] {
  const reader = new LineReader();
  const lines: Line[] = [];
  let end = 0;
  for (const chunk of chunks) {
    reader.push(chunk, (line) => lines.push(line));
    end += chunk.length;
    hold(reader.end === end, () => 'the end is not that of the chunks');
  }
  return lines;
}

/** The bytes in pieces, which depend on the bytes. */
function inPieces(input: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let dice = digest(input);
  for (let at = 0; at < input.length;) {
    dice = (Math.imul(dice, 1664525) + 1013904223) >>> 0;
    const size = 1 + ((dice >>> 8) % 2 ** (1 + (dice % 12)));
    pieces.push(Buffer.from(input.subarray(at, at + size)));
    at += size;
  }
  return pieces;
}

/** The reader of logs and transcripts: in any pieces the same lines, each as the simplest reader reads it. */
export const lines: Target = {
  seeds: () => [
    '\n{"t":"done","worker":"W1"}\n{"t":"vote"}{"t":"vote"}\r\n\n',
    '\ufeff{"t":"done"}\n \n{"a":"é\\ud800"}\n[1,[2]]\n"x"\nnull\n{"cut',
    Buffer.from('{"t":"done"}\r\n', 'utf16le'),
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{"t":"done"}\n', 'utf16le')]),
    Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a, 0, 0, 0, 0x0a]),
    `${'['.repeat(501)}${']'.repeat(501)}\n${'['.repeat(500)}${']'.repeat(500)}\n`,
  ],
  check: (input) => {
    const whole = read([input]);
    same(read(inPieces(input)), whole, 'in pieces');
    const expected: unknown[] = [];
    for (let pos = 0, end = input.indexOf(0x0a); end !== -1; pos = end + 1, end = input.indexOf(0x0a, pos)) {
      const simple = end === pos ? undefined : simplyRead(input.subarray(pos, end));
      if (simple !== undefined) expected.push(simple === 'damage' ? { pos, damage: true } : { pos, ...simple });
    }
    same(
      whole.map((line) => ('damage' in line ? { pos: line.pos, damage: true } : line)),
      expected,
      'lines',
    );
    // what is JSON is never damage
    for (const line of input.toString('latin1').split('\n').slice(0, -1))
      if (/^[ -~]+$/.test(line) && line.length < 400 && jsonOf(line) !== undefined)
        hold(
          whole.some((each) => 'value' in each),
          () => `no value of ${line}`,
        );
  },
};
