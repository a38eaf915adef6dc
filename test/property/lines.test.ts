import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAMAGE, LineReader, type Line } from '#core/log/lineReader.ts';

function read(chunks: Buffer[]): Line[] {
  const reader = new LineReader();
  const lines: Line[] = [];
  for (const chunk of chunks) reader.push(chunk, (line) => lines.push(line));
  return lines;
}

/** Possible bytes of a log: good lines, foreign lines, garbage, empty lines, no newline at the end. */
const bytes = fc
  .array(
    fc.oneof(
      fc.jsonValue().map((value) => Buffer.from(`\n${JSON.stringify(value)}\n`)),
      fc.jsonValue().map((value) => Buffer.from(`${JSON.stringify(value)}\r\n`)),
      fc.uint8Array({ maxLength: 40 }).map((a) => Buffer.from(a)),
      fc.constant(Buffer.from('{"t":"vote"}{"t":"vote"}\n')),
      fc.constant(Buffer.from('\ufeff{"t":"done"}\n')),
    ),
    { maxLength: 20 },
  )
  .map((parts) => Buffer.concat(parts));

test('any chunking of the same bytes gives the same lines at the same positions', () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(200), { maxLength: 30 }), (input, cuts) => {
      const at = [0, ...cuts.map((c) => Math.min(c, input.length)), input.length].toSorted((a, b) => a - b);
      const chunks = at.slice(1).map((end, i) => input.subarray(at[i], end));
      expect(read(chunks)).toEqual(read([input]));
    }),
    { numRuns: 500 },
  );
});

test('a position is the byte offset at which its line starts', () => {
  fc.assert(
    fc.property(bytes, (input) => {
      for (const line of read([input])) {
        expect(line.pos === 0 || input[line.pos - 1] === 0x0a).toBe(true);
        if (!('value' in line)) continue;
        const text = input
          .subarray(line.pos, input.indexOf(0x0a, line.pos))
          .toString('utf8')
          .replace(/^\ufeff/, '');
        expect(JSON.parse(text)).toEqual(line.value);
      }
    }),
  );
});

test('a line too long to hold is skipped and named, and the next one is read', () => {
  const huge = Buffer.from(`${'x'.repeat(1 << 20)}\n{"t":"done"}\n`);
  const chunks = Array.from({ length: Math.ceil(huge.length / 5000) }, (_, i) =>
    huge.subarray(i * 5000, (i + 1) * 5000),
  );
  expect(read(chunks)).toEqual([
    { pos: 0, damage: DAMAGE.tooLong },
    { pos: (1 << 20) + 1, value: { t: 'done' } },
  ]);
});

test.each([
  ['NUL', Buffer.from('{"t":"\0"}\n'), DAMAGE.zeros],
  ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]), DAMAGE.notUtf8],
  ['torn', Buffer.from('{"t":"vo\n'), DAMAGE.notJson],
  ['100,000 brackets', Buffer.from(`${'['.repeat(100_000)}\n`), DAMAGE.tooDeep],
])('%s is damage with a reason', (_name, line, damage) => expect(read([line])).toEqual([{ pos: 0, damage }]));
