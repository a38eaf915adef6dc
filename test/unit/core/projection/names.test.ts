import { expect, test } from 'vitest';
import { sessionName, shortName, workerName, type Named } from '#core/projection/names.ts';
import { ENGLISH } from '#core/projection/wording.ts';
import type { Words } from '#core/claude/transcript/transcriptState.ts';

const AT = new Date(2026, 10, 28, 9, 5).getTime();
const words = (changes: Partial<Words>): Named => ({ main: { words: { titles: {}, prompts: {}, ...changes } } });
const nameOf = (named?: Named, firstPrompt?: string): string =>
  sessionName({ session: { startedTs: AT, ...(firstPrompt === undefined ? {} : { firstPrompt }) } }, named, 'shop-api');

test('a room is called by its name, unless the person has called it otherwise', () => {
  const room = { session: { id: 'room-team', startedTs: AT } };
  expect(sessionName(room, undefined, 'hub')).toBe('team');
  expect(sessionName(room, words({ titles: { person: 'Release' } }), 'hub')).toBe('Release');
});

test('a session is called by its title, else by that of Claude, else by its first prompt, else by folder and time', () => {
  const all = {
    titles: { person: 'My title', claude: 'AI title' },
    prompts: { first: 'the prompt', latest: 'and then' },
  };
  const table: [string, string][] = [
    [nameOf(words(all), 'recorded'), 'My title'],
    [nameOf({ ...words(all), given: { by: 'person', name: 'Renamed just now' } }), 'Renamed just now'],
    [nameOf({ ...words(all), given: { by: 'claude', name: 'Another AI title' } }), 'My title'],
    [nameOf(words({ ...all, titles: { claude: 'AI title' } })), 'AI title'],
    [nameOf({ given: { by: 'claude', name: 'AI name' } }), 'AI name'],
    [nameOf(words({ prompts: all.prompts })), 'the prompt'],
    [nameOf(words({ prompts: { latest: 'and then' } })), 'and then'],
    [nameOf(words({}), 'recorded'), 'recorded'],
    [nameOf(words({ titles: { person: ' \n\t ' } }), 'recorded'), 'recorded'],
    [nameOf(), 'shop-api 09:05'],
  ];
  expect(table.map(([name]) => name)).toEqual(table.map(([, expected]) => expected));
});

test('a worker is called by its task, else by the name that a person gave it, else by its kind', () => {
  const [id, hex] = ['W3', 'a6d156a0231cf2f7a'];
  const called = (worker: Parameters<typeof workerName>[0], type?: string): string => workerName(worker, type, ENGLISH);
  expect(called({ id, task: 'Load data1.csv' })).toBe('Load data1.csv');
  expect(called({ id, task: '  ' })).toBe('W3');
  expect(called({ id: 'review' })).toBe('review');
  expect(called({ id: hex, kind: 'subagent' }, 'Explore')).toBe('Explore agent');
  expect(called({ id: hex, kind: 'subagent' })).toBe('an agent');
  expect(called({ id: '3f0c21de-7c1e-90ab-0000-000000000000', kind: 'session' })).toBe('another session');
});

test('a long name is cut between words, or where that would leave too little between characters', () => {
  const long = 'Move the orders of the last three years into their own partition of the table';
  expect(shortName(long)).toBe('Move the orders of the last three years into their own…');
  expect(shortName(`${'x'.repeat(10_000)} y`)).toBe(`${'x'.repeat(59)}…`);
  for (const one of ['🎵', '👩‍👩‍👧', 'é', '語']) {
    const name = shortName(one.repeat(500));
    expect(name.length).toBeLessThanOrEqual(60);
    expect(name.slice(0, -1).replaceAll(one, '')).toBe('');
  }
});

test('a hostile title is one short line in which nothing is hidden', () => {
  const hostile = [
    '\u001b[31mred\u001b[0m alert',
    'safe\u202Egnp.exe\u2066 end',
    'two\nlines\r\nand\ta tab',
    '\ud83d half of a character',
    'zero\u200bwidth\u2028separator',
    'a'.repeat(10_000),
    'e' + '\u0301'.repeat(9000),
    '[click](command:workbench.action.quit) **bold** $(bell) <b>x</b>',
  ];
  const names = hostile.map(shortName);
  for (const name of names) {
    // oxlint-disable-next-line no-control-regex -- what must not be left
    expect(name).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/);
    expect(Buffer.from(name).toString()).toBe(name);
    expect(name.length).toBeLessThanOrEqual(60);
  }
  expect(names.slice(0, 3)).toEqual(['red alert', 'safe⟨U+202E⟩gnp.exe⟨U+2066⟩ end', 'two lines and a tab']);
});
