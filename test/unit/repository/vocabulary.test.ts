import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';

// The code uses the field's terms (docs/architecture.md has the glossary). These names of the first version each had
// several meanings; none may come back as an identifier, as a file or in a comment.

/** Retired identifiers, by the term that replaces them. Log types, fields, verbs and settings of the wire are not among them. */
const RETIRED: Record<string, string> = {
  'publish, append': 'sayTo tellLog sayUntold',
  'the error log': 'diary',
  fingerprint: 'marksAt',
  'watchLog, waitFor': 'untilState',
  resetForNewLog: 'isAnotherLog enterGeneration',
  'consume flags': 'obeyFlags takeAnswer',
  reconcile: 'untold OwnAccount',
  turnContinues: 'GOES_ON goesOn',
  'wantsWake, canWake': 'mayWake',
  inUseBy: 'whoIsThere claudeMayBeThere',
  'join backups': 'keptFolders ownFolder folderBefore settleJoin',
  'conditions, met or pending': 'settling settleBlocks openInWords conditionInWords companions verdict',
  'blocks, active and enforced': 'onStruck standingBlocks stands worthHolding',
  'stop refusals': 'forgetRounds COMES_AGAIN',
  'state fields': 'saidDone meddled hooksOften',
  'exempt command': 'isWayOut wayOut',
  policy: 'undelivered writesAround askedFor neutralise',
  projection: 'activityWords endsInWords lengthOfTime durationOf',
  'HookContext, SessionWriter': 'Visit visit Surroundings surroundings around',
  handlers: 'answerTo answerTurn turnBundle preTool afterTool refusable',
  delivery: 'spoken told passOn',
  hold: 'holdInPlace panelAnswer mayRefuse',
  subagents: 'tellOfCall takeUp countSubagents loseSubagents',
  session: 'enterSession introduce leaveTo stillMatters lesson teachings',
  supervise: 'tend tending tendWorkers',
  workers: 'inheritWorker hasCome markBegun strangeWrites Endings tellOfRest',
  rules: 'ruleFaults ruleProblems sortOut seats narrower',
  timeline: 'Lasting KeptStates TurningPoints keptStates turningPoints',
  validator: 'acceptor faultIn fillIn Filled ownFiles',
  arguments: 'nameWord runWhole patience',
  sessions: 'WatchedSession SeenSession unheard UnheardAborts unhookedReason',
  notifications: 'newsOf NewsClaims tellApart Coalescer',
  limits: 'BELIEVED_MS PATIENCE_MS SETTLED_MS YOUNG_MS LONGEST',
  webview: 'useAsking wordForm Looking',
};
/** Parts of an identifier that say "speech" or "visit" where the field has a verb. */
const RETIRED_PARTS = new Set('say says said told untold spoken visit diary heir meddled lesson tending'.split(' '));
/** Who is really spoken to: only there a comment may say "tell". */
const LISTENER = /person|people|Claude|model|user|human|translator|screen reader/i;
const SPEECH = /\b(say|says|said|saying|tell|tells|told|telling|untold)\b/i;
const RIDDLE = /\b(nobody|somebody|whoever|whom)\b/i;

const COMMENT = /(?<=^ *)\/\*\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gm;

interface Source {
  file: string;
  identifiers: Set<string>;
  comments: string[];
}

/** Strips strings and regular expressions roughly, which is enough: no retired name is looked for inside them. */
function sourceOf(file: string): Source {
  const text = readFileSync(join(repoRoot, file), 'utf8');
  const comments = [...text.matchAll(COMMENT)].map(([comment]) => comment);
  const code = text
    .replaceAll(COMMENT, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
    .replaceAll(/(?<=[}`])[^`$]*(?=`|\$\{)/g, '');
  return { file, identifiers: new Set(code.match(/[A-Za-z_$][\w$]*/g) ?? []), comments };
}

const sources = ['src', 'hooks', 'webview-ui', 'build'].flatMap((folder) =>
  readdirSync(join(repoRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(tsx?|mjs|cjs)$/.test(name) && !name.startsWith('clients'))
    .map((name) => sourceOf(join(folder, name))),
);
const retired = new Set(Object.values(RETIRED).flatMap((names) => names.split(' ')));
const partsOf = (name: string): string[] => name.split(/(?=[A-Z])|[_$]/).map((part) => part.toLowerCase());
/** Fields and messages of the wire keep their names; and what Claude has said to the person is no metaphor. */
const WIRE = new Set(['told', 'lastSaid', 'said']);

test('no retired name is an identifier or a file', () => {
  const found = sources.flatMap(({ file, identifiers }) =>
    [...identifiers, basename(file).replace(/\..*/, '')]
      .filter((name) => !WIRE.has(name) && (retired.has(name) || partsOf(name).some((part) => RETIRED_PARTS.has(part))))
      .map((name) => `${file}: ${name}`),
  );
  expect(found).toEqual([]);
});

test('comments use no retired name, no riddle, and a verb of speech only where a person or Claude is spoken to', () => {
  const found = sources.flatMap(({ file, comments }) =>
    comments
      .filter(
        (comment) =>
          RIDDLE.test(comment) ||
          (SPEECH.test(comment) && !LISTENER.test(comment)) ||
          (comment.match(/[A-Za-z_]\w*/g) ?? []).some((name) => /[A-Z_]/.test(name.slice(1)) && retired.has(name)),
      )
      .map((comment) => `${file}: ${comment}`),
  );
  expect(found).toEqual([]);
});
