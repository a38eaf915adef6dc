import { expect, test } from 'vitest';
import { decodeText } from '#core/base/encoding.ts';

const TEXT = '{"a": "ä€😀"}\r\n';
const MARK = '\ufeff';

test.each([
  ['UTF-8', Buffer.from(TEXT)],
  ['UTF-8 with a byte order mark', Buffer.from(MARK + TEXT)],
  ['UTF-16 as Windows PowerShell 5 writes it', Buffer.from(MARK + TEXT, 'utf16le')],
  ['UTF-16 with the high byte first', Buffer.from(MARK + TEXT, 'utf16le').swap16()],
])('%s is the same text', (_name, bytes) => expect(decodeText(bytes)).toBe(TEXT));

test.each([
  ['Latin-1', Buffer.from('ä', 'latin1')],
  ['half a character at the end', Buffer.from('ä').subarray(0, 1)],
  ['UTF-16 that ends within a unit', Buffer.from(`${MARK}{}`, 'utf16le').subarray(0, -1)],
  ['the same with the high byte first', Buffer.from(`${MARK}{}`, 'utf16le').swap16().subarray(0, -1)],
])('%s is no text', (_name, bytes) => expect(decodeText(bytes)).toBeUndefined());

test('no bytes are an empty text', () => expect(decodeText(Buffer.alloc(0))).toBe(''));
