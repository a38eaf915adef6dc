import { expect, test } from 'vitest';
import { parseTable, startedBy, type WindowsProcess } from '#core/base/windowsProcesses.ts';

test('PowerShell’s rows have the parent, the process and its start; wmic’s no start, and may be UTF-16', () => {
  expect([...parseTable('0 4 1700000000000\r\n4 300 1700000000500\r\n')]).toEqual([
    [4, { parent: 0, startMs: 1_700_000_000_000 }],
    [300, { parent: 4, startMs: 1_700_000_000_500 }],
  ]);
  const wide = Buffer.from('\uFEFFParentProcessId  ProcessId  \r\n40               56         \r\n', 'utf16le');
  expect([...parseTable(wide.toString('latin1'))]).toEqual([[56, { parent: 40, startMs: undefined }]]);
  expect(parseTable('').size).toBe(0);
  expect(parseTable('Node - NAME\r\nERROR:\r\nDescription = Invalid query\r\n').size).toBe(0);
});

test('what a process has started, and what that has; a number that was given out again has no older children', () => {
  const table = parseTable('1 10 100\n10 11 200\n11 12 300\n10 13 50\n1 14 400\n');
  const found = (root: WindowsProcess | undefined) => new Set(startedBy(new Map([[10, root]]), table).keys());
  expect(found(table.get(10))).toEqual(new Set([11, 12]));
  // of one that has ended before it was seen nothing is known but its number
  expect(found(undefined)).toEqual(new Set([11, 12, 13]));
});
