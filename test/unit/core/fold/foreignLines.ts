/** Lines as other programs, crashes and hostile ones leave them in a log, where W1 holds `db`. */

export const line = (event: object): string => `${JSON.stringify(event)}\n`;
const acquire = line({ t: 'acquire', worker: 'W2', resource: 'db', id: 'b' });
const release = '"release","worker":"W1","resource":"db"';
const hook = (json: string): string => `{"t":"hook","worker":"W2","event":"PreToolUse","exit":0,"json":${json}}\n`;

/** Each with the damage that it counts as; none may change the holder of the lock. */
export const DAMAGED: [string, string | Buffer, string][] = [
  ['torn', `{"t":${release.slice(0, 20)}\n`, 'cut off'],
  ['welded', `{"t":${release}}{"t":${release}}\n`, 'run together'],
  ['invalid UTF-8', Buffer.from(`{"t":${release},"x":"\xff"}\n`, 'latin1'), 'not UTF-8'],
  ['a NUL', `{"t":${release},"x":"\0"}\n`, 'zero bytes'],
  ['a page of NULs', Buffer.from(`${'\0'.repeat(4096)}\n`), 'zero bytes'],
  ['10 MB', `{"t":${release},"x":"${'x'.repeat(10 << 20)}"}\n`, 'longer than 256 KiB'],
  ['100,000 open brackets', `${'['.repeat(100_000)}\n`, 'nested more than 500 deep'],
  ['100,000 brackets', hook(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), 'nested more than 500 deep'],
  ['3,000 objects in each other', hook(`${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`), 'nested more than 500 deep'],
  ['a number', '42\n', 'no object'],
  ['a list', `[{"t":${release}}]\n`, 'no object'],
  ['null', 'null\n', 'no object'],
  ['no type', '{"worker":"W1"}\n', 'no type'],
  ['__proto__ for the type', `{"__proto__":{"t":${release}}}\n`, 'no type'],
  ['a type that is no text', '{"t":{"t":"release"}}\n', 'no type'],
  ['NaN', `{"t":${release},"token":NaN}\n`, 'not JSON'],
  ['1e400 for a token', `{"t":${release},"token":1e400}\n`, 'release: "token" is missing or not what it should be'],
  ['-1 for a token', `{"t":${release},"token":-1}\n`, 'release: "token"'],
  ['2**53+1 for a token', `{"t":${release},"token":9007199254740993}\n`, 'release: "token"'],
  ['"NaN" for a token', `{"t":${release},"token":"NaN"}\n`, 'release: "token"'],
  ['a name with a slash', line({ t: 'acquire', worker: '../W1', resource: 'db' }), 'acquire: "worker"'],
  ['null for a token', `{"t":${release},"token":null}\n`, 'release: "token"'],
  ['a worker to abort that is no name', '{"t":"abort","worker":5,"by":"user"}\n', 'abort: "worker"'],
  ['null for the worker to abort', '{"t":"abort","worker":null,"by":"user"}\n', 'abort: "worker"'],
  ['a consent that is no truth value', line({ t: 'plan', run: 'R1', sha256: 'x', workers: [], ask: 'yes' }), '"ask"'],
  [
    'a planned wait that is no list',
    line({ t: 'plan', run: 'R1', sha256: 'x', workers: [{ worker: 'W7', after: 'W1' }] }),
    '(at 0.after)',
  ],
  ['voters that are no list', line({ t: 'ballot', ballot: 'x', voters: 'W2' }), 'ballot: "voters"'],
  ['UTF-16 that is cut off', Buffer.concat([Buffer.from(`{"t":${release}`, 'utf16le'), Buffer.from('\n')]), 'cut off'],
  ['a list inside that is wrong', line({ t: 'plan', run: 'R1', sha256: 'x', workers: [{}] }), '(at 0.worker)'],
];

/** Lines that are no damage; none may change the holder of the lock. */
export const HARMLESS: [string, string | Buffer][] = [
  ['CRLF', `${acquire.trimEnd()}\r\n`],
  ['a byte order mark', `\ufeff${acquire}`],
  ['UTF-16, as Windows PowerShell 5 appends it', Buffer.from(acquire, 'utf16le')],
  ['UTF-16 with a mark and CRLF', Buffer.from(`\ufeff${acquire.trimEnd()}\r\n`, 'utf16le')],
  ['empty lines and spaces', '\n\n \t\r\n\n'],
  ['duplicate keys, of which the last counts', `{"t":${release},"t":"progress"}\n`],
  ['__proto__ as a key', `{"t":"progress","worker":"W2","__proto__":{"t":"release","resource":"db"}}\n`],
  ['__proto__ as a key further in', hook('{"hookSpecificOutput":{"updatedInput":{"__proto__":{"a":1}}}}')],
  ['constructor as a key', '{"t":"progress","worker":"W2","constructor":{"prototype":{"t":"release"}}}\n'],
  ['__proto__ as a worker', line({ t: 'progress', worker: '__proto__', pct: 1 })],
  ['constructor as a worker', line({ t: 'acquire', worker: 'constructor', resource: '__proto__' })],
  ['unknown types', '{"t":"constructor"}\n{"t":"__proto__"}\n{"t":"toString","worker":"W1"}\n{"t":""}\n'],
  ['no time', '{"t":"progress","worker":"W2"}\n'],
  [
    'absurd times',
    ['1e400', '-1', '0', '9e15', '"now"', 'null', '{}']
      .map((ts) => `{"t":"progress","worker":"W2","ts":${ts}}\n`)
      .join(''),
  ],
  ['a tag of the snapshot’s', hook('{"hookSpecificOutput":{"updatedInput":{"~map":[1],"a":{"~object":[]}}}}')],
  ['many brackets in a text', hook(JSON.stringify({ reason: '[{"\\'.repeat(5000) }))],
];
