import { UNSEEN } from '#protocol/hiddenText.ts';

/**
 * Finds passwords, tokens and keys in a text, and masks them. A part of its own in the hook program, which loads it only for
 * a text in which one may be (masking.ts).
 *
 * The formats are those that their issuers publish, so that a leaked token can be recognised; GitHub's "Supported secret
 * scanning patterns" and the rules of gitleaks and secretlint list most of them. Lengths are lower bounds: what has the
 * prefix and is shorter than a real token is masked as well. Every quantifier that another one can follow is bounded, so
 * the time is linear in the length of the text.
 */

const MASK = '[masked]';

/** Tokens that are recognised by their own form, by issuer. */
const FORMATS: readonly (readonly [issuer: string, pattern: string])[] = [
  ['1Password', String.raw`ops_eyJ[\w+/=-]{16,}`],
  ['age', String.raw`AGE-SECRET-KEY-1[A-Z0-9]{16,}`],
  [
    'Airtable, Linear, PlanetScale, Figma',
    String.raw`(?:pat\w{14}\.|lin_(?:api|oauth)_|pscale_(?:tkn|pw|oauth)_|figd_)[\w.-]{16,}`,
  ],
  ['Alibaba', 'LTAI[A-Za-z0-9]{16,}'],
  ['Atlassian', String.raw`AT(?:ATT|CTT|BB)[A-Za-z0-9][\w=-]{16,}`],
  ['AWS', '(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{12,}'],
  ['Azure AD', String.raw`[\w~.]{3}\dQ~[\w~.-]{31,}`],
  ['Databricks, Pulumi', '(?:dapi|pul-)[0-9a-f]{32,}'],
  ['DigitalOcean', 'do[opr]_v1_[0-9a-f]{32,}'],
  ['Docker, Doppler', String.raw`(?:dckr_(?:pat|oat)_|dp\.(?:pt|st|ct|sa|scim|audit)\.)[\w-]{16,}`],
  ['Fly.io', String.raw`fm[12][ar]?_[\w+/=,-]{32,}`],
  ['GitHub', String.raw`(?:gh[pousr]_|github_pat_)\w{8,}`],
  ['GitLab', String.raw`gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat|ffct)-[\w.-]{8,}`],
  ['Google', String.raw`(?:AIza[\w-]{20,}|ya29\.[\w-]{8,}|GOCSPX-[\w-]{8,}|1//0[\w-]{30,})`],
  ['Grafana, Sentry', String.raw`(?:glsa_|glc_|sntrys_|sntryu_)[\w+/=-]{16,}`],
  ['Groq, xAI, Perplexity, Replicate, Hugging Face', '(?:gsk_|xai-|pplx-|r8_|hf_|api_org_)[A-Za-z0-9]{20,}'],
  ['HashiCorp', String.raw`(?:hv[sbr]\.[\w-]{16,}|[A-Za-z0-9]{14}\.atlasv1\.[\w-]{16,})`],
  ['Mailgun, Mailchimp', '(?:key-[0-9a-f]{32}|[0-9a-f]{32}-us[0-9]{1,2})'],
  ['New Relic, Postman, CircleCI', String.raw`(?:NRAK-|NRJS-|PMAK-|CCIPAT_)[\w-]{16,}`],
  ['Notion, Netlify, Supabase, Buildkite', '(?:ntn_|nfp_|sbp_|bkua_)[A-Za-z0-9]{20,}'],
  ['npm, RubyGems', '(?:npm_[A-Za-z0-9]{20,}|rubygems_[0-9a-f]{20,})'],
  ['OpenAI, Anthropic, OpenRouter', String.raw`sk-(?=[\w-]{0,200}[0-9])[\w-]{8,}`],
  ['PyPI', String.raw`pypi-(?:AgE[\w-]{8,}|[\w-]{50,})`],
  ['SendGrid', String.raw`SG\.[\w-]{12,}\.[\w-]{12,}`],
  ['Shopify', 'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{16,}'],
  ['Slack', String.raw`xox[abceoprs](?:\.xox[bp])?-[\w-]{8,}|xapp-[\w-]{8,}`],
  ['Square, Telegram', String.raw`(?:sq0(?:atp|csp)-[\w-]{16,}|(?:bot)?[0-9]{8,10}:AA[\w-]{30,})`],
  ['Stripe', String.raw`(?:[srp]k_(?:live|test|prod)_|whsec_)[A-Za-z0-9]{8,}`],
  ['Tailscale', String.raw`tskey-(?:auth|api|client|scim|webhook)-[\w-]{8,}`],
  ['Twilio', 'SK[0-9a-f]{32}'],
  ['JSON Web Token', String.raw`eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]{0,4000})?`],
];
const TOKEN = new RegExp(`(?<![A-Za-z0-9])(?:${FORMATS.map(([, pattern]) => pattern).join('|')})+`, 'g');

/** Where a hook of a chat service is called, knowing the address is all that it takes. */
const HOOK_ADDRESS =
  /(hooks\.slack\.com\/(?:services|workflows)\/|discord(?:app)?\.com\/api\/webhooks\/|\.webhook\.office\.com\/)([\w/@.-]{8,})/g;

const PRIVATE_KEY =
  /-----BEGIN ([A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?)-----(?!\[masked\])[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g;

/** What names a secret: as a variable, a field, a header or an option. */
const KEY_WORD =
  'passw(?:or)?d|passphrase|passcode|passwd|storepass|keypass|pwd|secret|token|credentials?|cookie|sess(?:ion)?[-_]?id|' +
  '(?:api|access|private|account|client|signing|encryption|master|shared|auth|license|service)[-_.]?key|' +
  '(?<![A-Za-z])(?:pass|_auth|authorization|dsn|sig|signature)|sshpass';
const QUOTED = String.raw`\\?"(?:[^"\\\r\n]|\\[^"\r\n])*\\?"|'[^'\r\n]*'`;
/** What is masked already is taken as a whole, so that it stays as it is. */
const BARE = String.raw`[^\s"'\`;&|<>(){}\]]*\[masked\]|[^\s"'\`;&|<>(){}\]]+`;
const NAMED = String.raw`(?<![\w.-])[\w.-]{0,60}?(?:${KEY_WORD})[\w.-]{0,30}`;

/** `PASSWORD=x`, `?token=x&`, `--api-key=x`: the value follows at once. */
const ASSIGNED = new RegExp(`(${NAMED})(=)(${QUOTED}|${BARE})`, 'gi');
/** `"password": "x"`, `X-Api-Key: x`, `secret => x`, `token = "x"`. */
const DECLARED = new RegExp(
  String.raw`(${NAMED})(\\?["']?\]?\s{0,3}(?:=>|:=|:|=)\s{0,3})(${QUOTED}|${BARE.replaceAll(';', ';,')})`,
  'gi',
);
/** `OPENAI_KEY=x`, `DB_PASS=x`: environment variables, in capitals. */
const VARIABLE = new RegExp(
  `((?<![\\w.-])[A-Z][A-Z0-9_]{0,60}_(?:KEY|PAT|PASS|PW|CREDS?|SALT|AUTH|PIN))(=)(${QUOTED}|${BARE})`,
  'g',
);
/** `--password x`, `--auth-token x`. */
const OPTION = new RegExp(
  String.raw`((?<![\w-])--?(?:[a-z0-9]{1,20}[-_]){0,4}(?:passw(?:or)?d|passphrase|passwd|(?:store|key)?pass|pwd|token|secret|(?:api|access|secret|private|auth)[-_]?key|credentials?))(\s{1,5})(?!-)(${QUOTED}|${BARE})`,
  'gi',
);
/** `setx API_TOKEN x` of Windows, `set -gx API_TOKEN x` of fish. */
const SET_VARIABLE = new RegExp(
  String.raw`(\b(?:setx|set\s{1,3}-\w{0,3}x\w{0,3})\s{1,3}${NAMED})(\s{1,3})(?![-=])(${QUOTED}|${BARE})`,
  'gi',
);
const SCHEME =
  /(authorization["']?\s{0,5}[:=]\s{0,5}["']?(?:bearer|basic|token|digest|apikey|negotiate|key)\s{1,5})([^\s"'`]+)/gi;
const BEARER = /(\bbearer\s{1,5})((?=[\w.~+/=-]{0,200}[0-9])[\w.~+/=-]{8,}|[\w.~+/=-]{24,})/gi;
/** `https://user:password@host`, `https://token@host`. */
const USER_PASSWORD = /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#@:"'`<>]{0,200}:)([^\s/"'`<>]{1,500})@/gi;
const USER_TOKEN = /([a-z][a-z0-9+.-]{1,20}:\/\/)([^\s/?#@:"'`<>]{16,500})@/gi;
const COOKIES =
  /((?:\b(?:set-)?cookie["']?\s{0,3}:\s{0,3}["']?)|(?:\bcurl\b[^\n|;]{0,500}?\s(?:-b|--cookie)[\s=]{0,3}["']?))([^"'\r\n]+)/gi;
/** The option `-p` of programs for which it is a password; a `-u user:password`; `-w` of LDAP's programs. */
const SHORT_OPTIONS: readonly RegExp[] = [
  /((?:\b(?:mysql\w{0,20}|mariadb[\w-]{0,20}|mongo\w{0,20}|sshpass|twine)|\b(?:docker|podman|nerdctl|buildah|skopeo|helm|az|oc|cf|npm)\s[^|;&\n]{0,200}?\blogin)\b[^|;&\n]{0,300}?\s-p\s{0,3})(?!-)("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g,
  /(\b(?:sqlcmd|bcp)\b[^|;&\n]{0,300}?\s-P\s{0,3})("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g,
  /(\bsecurity\s{1,3}add-[^|;&\n]{0,300}?\s-w\s{1,3})(?!-)("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g,
  /(\bredis-cli\b[^|;&\n]{0,300}?\s-a\s{1,3})("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g,
  /(\bldap\w{2,12}\b[^|;&\n]{0,300}?\s-w\s{1,3})("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g,
  /(\b(?:curl|https?|xh|wget|smbclient|rclone)\b[^|;\n]{0,500}?\s(?:-u|-U|-a|--user|--proxy-user|--auth)[\s=]{0,3}["']?[^\s"':%]{1,100}[:%])([^\s"']+)/g,
  /((?:\s|^)pass:)([^\s"']+)/g,
  /(\b(?:un)?zip\b[^|;&\n]{0,300}?\s-P\s{0,3})("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g,
  /(\b7za?\b[^|;&\n]{0,300}?\s-p)("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g,
];
/** A secret that is piped into a program that reads one. */
const PIPED =
  /(\b(?:echo|printf)\s{1,3}(?:-\w\s{1,3})?)("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)(?=\s{0,3}\|[^|;&\n]{0,300}?(?:--password-stdin|--with-token|\bchpasswd|\bpasswd|\bsudo\s+-\w*S|--passphrase-fd|\bsecrets?\s+(?:set|create|put)|\blogin\b))/g;
/** A secret that a program reads from a string of the shell. */
const HERE_STRING =
  /((?:--password-stdin|--with-token|\bchpasswd|\bpasswd|\bsudo\s+-\w*S|--passphrase-fd|\blogin\b|\bsecrets?\s{1,3}(?:set|create|put)\b)[^|;&\n]{0,300}?<<<\s{0,3})("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g;
/** `git config x.token abc`, `aws configure set aws_secret_access_key abc`, `fly secrets set A=abc`, `login x password abc`. */
const CONFIGURED: readonly RegExp[] = [
  new RegExp(
    String.raw`(\bconfig(?:ure)?\s[^|;&\n]{0,200}?(?:${KEY_WORD})[\w.]{0,20}\s{1,3})(?!-)(${QUOTED}|${BARE})`,
    'gi',
  ),
  /(\bsecrets?\s{1,3}(?:set|import|put)\s[^|;&\n]{0,200}?(?:=|\s(?:--body|-b)[\s=]))("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g,
  /(\bvault\s{1,3}(?:kv\s{1,3})?(?:put|write|login)\s[^|;&\n=]{0,200}?=)("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g,
  /(\blogin\s{1,3}\S{1,100}\s{1,3}password\s{1,3})([^\s"']+)/g,
  /(\b(?:cargo|vault)\s{1,3}login\s{1,3})(?![\w-]{1,40}=|-)("[^"\n]*"|'[^'\n]*'|[^\s"'|;&<>]+)/g,
  /(\bhtpasswd\s{1,3}-\w*b\w*\s{1,3}\S{1,200}\s{1,3}\S{1,100}\s{1,3})("[^"\n]*"|'[^'\n]*'|[^\s"'|;&]+)/g,
  /(\bConvertTo-SecureString\s{1,3}(?:-String\s{1,3})?)("[^"\n]*"|'[^'\n]*'|[^\s"'|;&-]\S*)/gi,
];
/** `the password is hunter2` */
const SPELT =
  /(\b(?:password|passphrase|passcode|pwd|pin)\s{1,3}(?:is|was|=)\s{1,3}["'`]?)((?=[^\s"'`]{0,100}[0-9!@#$%^&*])[^\s"'`]{3,})/gi;
/** A long value with digits after the word "key". */
const KEY = /((?<![\w-])key["']?\s{0,3}[=:]\s{0,3}["']?)((?=[\w+/=-]{0,100}[0-9])[\w+/=-]{20,})/gi;

/** A value that only refers to a secret: a variable, a placeholder, a call. */
const REFERENCE = /^\\?["']?(?:\$|%\w+%|\{\{|<|\*|@|process\.env|os\.environ|secrets?\.|env\.|vars?\.)/;
const NO_SECRET = /^\\?["']?(?:true|false|null|none|nil|undefined|yes|no|on|off|-|)\\?["']?$/i;
/** What follows the word in a name that is about a secret and does not hold it: `TOKEN_FILE`, `secretName`, `tokenCount`. */
const ABOUT =
  /(?:file|path|dir|url|uri|name|type|length|len|count|limit|ttl|age|size|policy|field|label|expir\w*|expires?|s|version|manager|provider|store|env|ref|arn)$/i;

/** Patterns of what precedes a secret and of the secret; `when` is a quick look whether one of them could match. */
const CARRIED: readonly { when: RegExp; patterns: readonly RegExp[] }[] = [
  { when: /:\/\/|\.com\//, patterns: [HOOK_ADDRESS, USER_PASSWORD, USER_TOKEN] },
  { when: /authorization|bearer/i, patterns: [SCHEME, BEARER] },
  { when: /\s-[pawuUP]|--user|--proxy-user|--auth|pass:/, patterns: SHORT_OPTIONS },
  { when: /<<</, patterns: [HERE_STRING] },
  { when: /config|secret|vault|login|htpasswd|SecureString|security/i, patterns: CONFIGURED },
  { when: /\|/, patterns: [PIPED] },
  { when: /\b(?:password|passphrase|passcode|pwd|pin)\s/i, patterns: [SPELT] },
  { when: /key/i, patterns: [KEY] },
];
/** The same of names, what is between, and values. */
const NAMED_VALUES: typeof CARRIED = [
  { when: new RegExp(KEY_WORD, 'i'), patterns: [OPTION, SET_VARIABLE, ASSIGNED, DECLARED] },
  { when: /_[A-Z]+=/, patterns: [VARIABLE] },
];

/** The sequences by which programs colour their output, move the cursor, make links and set titles. */
const TERMINAL_CODES =
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is meant
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g;
const HIDDEN = new RegExp(UNSEEN, 'gu');

/**
 * A text with its secrets masked: of a long one its beginning stays, by which a person knows which it was. Where one shows
 * only once colours and characters without a width are taken away, the text is without these.
 */
export function maskSecrets(text: string): string {
  const masked = maskVisible(text);
  const withoutCodes = masked.replaceAll(TERMINAL_CODES, '').replaceAll(HIDDEN, '');
  // an address of a link is within such a code
  for (const bare of new Set([withoutCodes, masked.replaceAll(HIDDEN, '')])) {
    if (bare === masked) continue;
    const found = maskVisible(bare);
    if (found !== bare) return found;
  }
  return masked;
}

function maskVisible(text: string): string {
  let masked = text.includes('PRIVATE KEY') ? text.replaceAll(PRIVATE_KEY, `-----BEGIN $1-----${MASK}`) : text;
  for (const pattern of patternsFor(CARRIED, masked))
    masked = masked.replaceAll(pattern, (found: string, before: string, secret: string) =>
      REFERENCE.test(secret) ? found : `${before}${hidden(secret)}${found.slice(before.length + secret.length)}`,
    );
  if (/cookie|\s-b/i.test(masked))
    masked = masked.replaceAll(COOKIES, (_, before: string, cookies: string) => before + maskCookies(cookies));
  for (const pattern of patternsFor(NAMED_VALUES, masked))
    masked = masked.replaceAll(pattern, (found: string, name: string, sign: string, value: string) =>
      isSecret(name, sign, value) ? `${name}${sign}${hidden(value)}` : found,
    );
  return masked.replaceAll(TOKEN, (token) => `${token.slice(0, 4)}…${MASK}`);
}

const patternsFor = (rules: typeof CARRIED, text: string): RegExp[] =>
  rules.flatMap(({ when, patterns }) => (when.test(text) ? patterns : []));

/** The mask of a value, in the quotes that it has. */
function hidden(value: string): string {
  const [, open = '', inner = '', close = ''] = /^(\\?["']?)(.*?)(\\?["']?)$/s.exec(value) ?? [];
  if (inner.includes(MASK)) return value;
  return `${open}${inner.length >= 16 ? `${inner.slice(0, 4)}…` : ''}${MASK}${close}`;
}

const maskCookies = (cookies: string): string =>
  cookies.replaceAll(/([^=;\s]{1,200}=)([^;\s]+)/g, (_, name: string, value: string) => name + hidden(value));

function isSecret(name: string, sign: string, value: string): boolean {
  if (value.includes(MASK) || REFERENCE.test(value) || NO_SECRET.test(value)) return false;
  if (ABOUT.test(name) && !/(?:pass|credentials|address)$/i.test(name)) return false;
  const isQuoted = /^\\?["']/.test(value);
  // a count of tokens, a fencing token; so many tests pass
  if (/^\\?["']?[0-9]{1,7}\\?["']?$/.test(value) && (/token$/i.test(name) || (/\bpass$/i.test(name) && sign !== '=')))
    return false;
  // code and prose: `token = next`, `unexpected token: identifier`
  if (isQuoted || sign === '=' || !/(?:^|\.)(?:token|secret|signature|sig|cookie|authorization)$/i.test(name))
    return true;
  return value.length >= 16 || /[0-9]/.test(value);
}
