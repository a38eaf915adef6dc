import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { masked, maskedDeep, maskedEvent } from '#core/base/masking.ts';
import { maskSecrets } from '#core/base/secrets.ts';

// made of pieces, so that no scanner takes this file for a leak
const x = (...pieces: string[]): string => pieces.join('');
const LONG = 'Zx81kQ0vT4mN7pL2sR9wY6bC3dF5gH8jAbCdEfGh';

/** Each text with the secret in it. */
const SECRETS: readonly (readonly [text: string, secret: string])[] = [
  // tokens by their own form
  ...[
    x('gh', 'p_', LONG),
    x('gh', 's_', LONG),
    x('github', '_pat_', LONG, LONG),
    x('gl', 'pat-', LONG),
    x('xox', 'b-123456789012-', LONG),
    x('xapp', '-1-A012-', LONG),
    x('AK', 'IA', 'ABCDEFGHIJKLMNOP'),
    x('AS', 'IA', 'ABCDEFGHIJKLMNOP'),
    x('AI', 'za', LONG),
    x('ya', '29.', LONG),
    x('npm', '_', LONG),
    x('pypi', '-AgEIcHlwaS5vcmc', LONG),
    x('sk', '_live_', LONG),
    x('rk', '_test_', LONG),
    x('sk', '-proj-', LONG),
    x('sk', '-ant-api03-', LONG),
    x('sk', '-live-SECRET123'),
    x('hf', '_', LONG),
    x('SG', '.', LONG, '.', LONG),
    x('do', 'p_v1_', '0123456789abcdef0123456789abcdef'),
    x('dckr', '_pat_', LONG),
    x('hv', 's.', LONG),
    x('shp', 'at_', '0123456789abcdef0123456789abcdef'),
    x('eyJ', 'hbGciOiJIUzI1NiJ9.eyJ', 'zdWIiOiIxMjM0In0.', LONG),
    x('AGE-SECRET', '-KEY-1', 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'),
  ].flatMap((token): [string, string][] => [
    [token, token],
    [`deploy --with ${token} now`, token],
    [`export X="${token}"; run`, token],
    [`curl https://x/${token}/y`, token],
  ]),
  // what names or carries one
  ['curl -H "Authorization: Bearer hunter2hunter2" https://x', 'hunter2hunter2'],
  ["curl -H 'authorization: Basic dXNlcjpwYXNz' https://x", 'dXNlcjpwYXNz'],
  ['curl -H "Authorization: token abcdefgh" https://x', 'abcdefgh'],
  ['curl -H "X-Api-Key: abcdefgh" https://x', 'abcdefgh'],
  ['curl -H "PRIVATE-TOKEN: abcdefgh" https://x', 'abcdefgh'],
  ['curl -H "Cookie: session=abcdef; theme=q1w2e3" https://x', 'abcdef'],
  ['curl -H "Cookie: session=abcdef; theme=q1w2e3" https://x', 'q1w2e3'],
  ['curl -b "sid=abcdef" https://x', 'abcdef'],
  ['curl -u alice:hunter2 https://x', 'hunter2'],
  ['curl --user "alice:hunter2" https://x', 'hunter2'],
  ['git clone https://alice:hunter2@example.com/a.git', 'hunter2'],
  ['git clone https://alice:hun@ter2@example.com/a.git', 'hun@ter2'],
  ['git clone https://0123456789abcdef0123@example.com/a.git', '0123456789abcdef0123'],
  ['psql postgres://app:s3cr3t@db:5432/app', 's3cr3t'],
  ['redis-cli -a hunter2 ping', 'hunter2'],
  ['mysql -u root -phunter2 app', 'hunter2'],
  ['mysql -u root -p hunter2 app', 'hunter2'],
  ["mysqldump --password='hunter two' app", 'hunter two'],
  ['sshpass -p hunter2 ssh host', 'hunter2'],
  ['docker login -u me -p hunter2 registry', 'hunter2'],
  ['echo hunter2 | docker login --password-stdin', 'hunter2'],
  ['echo "hunter2" | gh auth login --with-token', 'hunter2'],
  ['echo hunter2 | gh secret set DEPLOY', 'hunter2'],
  ['openssl rsa -passin pass:hunter2', 'hunter2'],
  ['zip -P hunter2 a.zip a', 'hunter2'],
  ['sudo -S ls <<< hunter2', 'hunter2'],
  ['docker login --password-stdin <<< "hunter2"', 'hunter2'],
  ['aws configure set aws_secret_access_key abcdef', 'abcdef'],
  ['git config --global github.token abcdef', 'abcdef'],
  ['npm config set //npm.example.com/:_authToken abcdef', 'abcdef'],
  ['gh secret set DEPLOY --body hunter2', 'hunter2'],
  ['fly secrets set DATABASE=hunter2', 'hunter2'],
  ['vault kv put secret/app value=hunter2', 'hunter2'],
  ['echo "machine x login me password hunter2" > ~/.netrc', 'hunter2'],
  ['htpasswd -bc .htpasswd me hunter2', 'hunter2'],
  ['ConvertTo-SecureString "hunter2" -AsPlainText', 'hunter2'],
  ['setx API_TOKEN hunter2', 'hunter2'],
  ['set -gx API_TOKEN "hunter2"', 'hunter2'],
  ['twine upload -u __token__ -p hunter2 dist/x', 'hunter2'],
  ['sqlcmd -S db -U sa -P hunter2', 'hunter2'],
  ['keytool -list -keystore x -storepass hunter2', 'hunter2'],
  ['security add-generic-password -a me -s x -w hunter2', 'hunter2'],
  ['poetry config pypi-token.pypi hunter2', 'hunter2'],
  ['gh secret set DEPLOY -b hunter2', 'hunter2'],
  ['wrangler secret put DEPLOY <<< hunter2', 'hunter2'],
  ['vault login hunter2', 'hunter2'],
  ['cargo login hunter2', 'hunter2'],
  [x('tailscale up --authkey=$K; echo tskey', '-auth-kabcdefCNTRL-abcdefgh'), 'kabcdefCNTRL'],
  ['os.environ["API_TOKEN"] = "hunter2"', 'hunter2'],
  [x('curl https://api.telegram.org/bot123456789', ':AA', LONG, '/sendMessage'), x(':AA', LONG)],
  ['ldapsearch -D cn=a -w hunter2', 'hunter2'],
  ['app --password hunter2', 'hunter2'],
  ['app --password=hunter2', 'hunter2'],
  ['app --db-password "hunter two"', 'hunter two'],
  ['app --api-key abcdefgh', 'abcdefgh'],
  ['app --auth-token=abcdefgh', 'abcdefgh'],
  ['java -Dspring.datasource.password=hunter2 -jar a.jar', 'hunter2'],
  ['PASSWORD=hunter2 run', 'hunter2'],
  ["PASSWORD='hunter two' run", 'hunter two'],
  ['PGPASSWORD=hunter2 psql', 'hunter2'],
  ['MYSQL_PWD=hunter2 mysql', 'hunter2'],
  ['SSHPASS=hunter2 sshpass -e ssh x', 'hunter2'],
  ['DB_PASS=hunter2 run', 'hunter2'],
  ['export NPM_TOKEN=abcdefgh && npm publish', 'abcdefgh'],
  ['export OPENAI_KEY=abcd1234', 'abcd1234'],
  ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz aws s3 ls', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz'],
  ['az storage --connection "AccountName=a;AccountKey=abc123==;End=x"', 'abc123=='],
  ['{"password":"hunter2","user":"alice"}', 'hunter2'],
  [String.raw`{\"client_secret\": \"hunter2\"}`, 'hunter2'],
  ['password: hunter2', 'hunter2'],
  ['https://x/y?token=abcdefgh&user=alice', 'abcdefgh'],
  ['https://x/y?user=alice&sig=abc%2Fdef', 'abc%2Fdef'],
  [x('curl https://hooks.slack', '.com/services/T0001/B0002/abcdefgh'), 'T0001/B0002/abcdefgh'],
  ['the password is hunter2, use it', 'hunter2'],
  ['{"key": "0123456789abcdef01234567"}', '0123456789abcdef01234567'],
  [x('cat <<E\n-----BEGIN RSA PRIVATE', ' KEY-----\nMIIEabc\nxyz\n-----END RSA PRIVATE KEY-----\nE'), 'MIIEabc'],
  [x('-----BEGIN PRIVATE', ' KEY-----\nMIIEabc that was cut'), 'MIIEabc'],
  [x('-----BEGIN OPENSSH PRIVATE', ' KEY-----\\nMIIEabc\\n-----END OPENSSH PRIVATE KEY-----'), 'MIIEabc'],
];

/** Nothing in these is a secret, though some look like it from afar. */
const PLAIN = [
  'git merge main',
  'git show 3f786850e387550fdab836ed7e6dc881de23001b',
  'rm -rf node_modules package-lock.json',
  'cat /home/alice/projects/a-long-name-of-a-folder/src/tokenizer.ts',
  'fermata wait done:W1 --token 5',
  'the fencing token: 17, held by W2',
  'max_tokens=4096 temperature=0.2',
  'inputTokens: 123456',
  'unexpected token: identifier',
  'const token = next(); const secret = load(path)',
  'docker run -u 1000:1000 -p 8080:80 -e TOKEN=$TOKEN image',
  'curl -H "Authorization: Bearer $TOKEN" https://x',
  'curl -H "Authorization: Bearer ${TOKEN}" -u "$USER:$PASS" https://x',
  'PASSWORD="$(pass show x)" run',
  'app --password-stdin --token-file /run/secrets/token',
  'TOKEN_FILE=/run/secrets/token SECRET_NAME=deploy run',
  'gh secret list && kubectl get secret',
  'mkdir -p src/a && ssh -p 22 host && cp -p a b && psql -p 5432',
  'npm install --save-dev sk-learn task-runner-for-you',
  'grep -rn "password" src',
  'test user@example.com and @scope/package',
  '550e8400-e29b-41d4-a716-446655440000',
  'git clone git@github.com:alice/a.git https://git@example.com/a.git',
  'the tests of the keyboard pass: 12 of 12',
  'git config --global user.name alice && git config core.editor vim',
  'gh secret set DEPLOY < file && npm config get registry',
  'aws configure set region eu-central-1',
  'vault login -method github && cargo login < file',
  'setx TOKEN_FILE x && set -x && set -gx PATH $PATH',
  'keytool -storepass "$PASS" && sqlcmd -P "$PASS"',
  'password=*** token=<token> secret={{ secrets.X }}',
];

test.each(SECRETS)('in %j the secret is masked', (text, secret) => {
  for (const mask of [masked, maskSecrets]) {
    expect(mask(text)).not.toContain(secret);
    expect(mask(text)).toContain('[masked]');
  }
});

test.each(PLAIN)('%j stays as it is', (text) => expect(maskSecrets(text)).toBe(text));

test('of a long one the beginning stays, and everything around it', () => {
  expect(masked('curl -H "Authorization: Bearer sk-live-SECRET123" https://x')).toBe(
    'curl -H "Authorization: Bearer sk-l…[masked]" https://x',
  );
  expect(masked('psql postgres://app:s3cr3t@db/app -c "select 1"')).toBe(
    'psql postgres://app:[masked]@db/app -c "select 1"',
  );
  expect(masked('{"password":"hunter2","user":"alice"}')).toBe('{"password":"[masked]","user":"alice"}');
});

/** What is not seen within a word: colours, a movement of the cursor, a title, characters without a width. */
const UNSEEN_PIECES = [
  '\u001b[1m',
  '\u001b[01;31m\u001b[K',
  '\u001b[38;2;1;2;3m',
  '\u009b0m',
  '\u001b]0;title\u0007',
  '\u001b]8;;https://example.org\u001b\\',
  '\u001b(B',
  '\u200b',
  '\u200d\u2060',
  '\ufeff',
  '\u00ad',
  '\u202e',
  '\0',
  '\b',
  '\u{e0061}',
  '\ufe0f',
];

describe.each(UNSEEN_PIECES)('%j within a secret or its name', (piece) => {
  const token = x('gh', 'p_', LONG);
  const hidden = (text: string, every: number): string =>
    Array.from(text, (char, i) => (i % every === every - 1 ? `${char}${piece}` : char)).join('');
  /** The text as a person sees it, by a simpler rule than that of the code. */
  const seen = (text: string): string => text.replaceAll(piece, '');

  test.each([1, 2, 3, 7])('hides neither, at every %i characters', (every) => {
    for (const [text, secret] of [
      [`deploy ${hidden(token, every)} now`, token],
      [hidden('app --password hunter2 now', every), 'hunter2'],
      [`curl https://alice:${hidden('hunter2', every)}@example.com`, 'hunter2'],
    ] as const) {
      for (const mask of [masked, maskSecrets]) {
        expect(seen(mask(text))).not.toContain(secret);
        expect(mask(mask(text))).toBe(mask(text));
      }
    }
  });

  test('leaves a text without secrets as it is', () => {
    const text = `${piece}12 tests${piece} are green`;
    expect(masked(text)).toBe(text);
  });
});

test('an address in the code of a link is masked, in whatever it hides', () => {
  const link = (address: string): string => `\u001b]8;;${address}\u001b\\the report\u001b]8;;\u001b\\`;
  for (const token of [x('gh', 'p_', LONG), x('gh', '\u200b', 'p_', LONG)])
    expect(masked(link(`https://example.org/${token}`)).replaceAll('\u200b', '')).not.toContain(LONG);
});

test('whatever is not seen is taken away for the search', () => {
  const visible = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;
  const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
  const missed: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const char = String.fromCodePoint(code);
    if (!hidden.test(char) || visible.test(char) || '\t\n\r'.includes(char)) continue;
    if (!masked(`deploy gh${char}p_${LONG}`).includes('[masked]')) missed.push(code.toString(16));
  }
  expect(missed).toEqual([]);
});

describe('for any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(...SECRETS.map(([text]) => text), ...PLAIN),
    fc.constantFrom('password', '=', ':', ' ', '"', "'", 'sk-', 'eyJ', '@', '://', '-p', '\n', '…', '[masked]', '\\'),
    fc.string({ maxLength: 12 }),
    fc.constantFrom(...UNSEEN_PIECES),
  );
  const text = fc
    .array(piece, { maxLength: 8 })
    .chain((pieces) => fc.constantFrom(' ', '').map((between) => pieces.join(between)));

  test('what is masked stays so when it is masked again', () => {
    fc.assert(
      fc.property(text, (given) => {
        const once = maskSecrets(given);
        expect(maskSecrets(once)).toBe(once);
      }),
      { numRuns: 300 },
    );
  });

  test('the first look misses nothing that the second would mask', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(masked(given)).toBe(maskSecrets(given));
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  'a',
  'eyJ',
  'sk-',
  'password',
  'password=',
  'mysql ',
  'curl ',
  'curl -b ',
  'echo a ',
  'docker login ',
  'https://',
  'a:b@',
  '-----BEGIN PRIVATE KEY-----',
  '"',
  "'",
  '\\"',
  '--pass-',
  'authorization: ',
  'A_',
  'key ',
  'config ',
  'secret set ',
  'vault put ',
  'login x password ',
  'zip ',
  '.',
])('64 KB of %j take no time to speak of', (piece) => {
  const text = piece.repeat(Math.ceil(65_536 / piece.length));
  const started = process.cpuUsage();
  maskSecrets(text);
  maskSecrets(`password="${text}`);
  expect(process.cpuUsage(started).user).toBeLessThan(3_000_000);
});

test('of an event the texts are masked, also those of planned workers, and nothing that decides', () => {
  const match = { command: 'deploy --password hunter2' };
  const json = { updatedInput: { command: 'app --password hunter2' } };
  const event = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, match, json, key: 'token=abcdefgh' };
  expect(maskedEvent({ ...event, message: 'run app --password hunter2' })).toEqual({
    ...event,
    message: 'run app --password [masked]',
  });
  const guard = [{ command: 'deploy --token abcdefgh' }];
  expect(maskedEvent({ t: 'plan', workers: [{ worker: 'W1', task: 'PASSWORD=hunter2 run', guard }] })).toEqual({
    t: 'plan',
    workers: [{ worker: 'W1', task: 'PASSWORD=[masked] run', guard }],
  });
  const plain = { t: 'progress', worker: 'W1', message: 'half' };
  expect(maskedEvent(plain)).toBe(plain);
});

test('of a value that leaves the machine every text is masked', () => {
  expect(maskedDeep({ a: [{ result: 'PASSWORD=hunter2' }], n: 1, none: null })).toEqual({
    a: [{ result: 'PASSWORD=[masked]' }],
    n: 1,
    none: null,
  });
});
