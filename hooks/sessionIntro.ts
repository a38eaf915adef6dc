/** What Claude is told of Fermata at the start of a session, where the person wants that (the setting `teach`). Kept short: every turn pays for it. */
export const sessionIntro = (cli: string): string =>
  [
    'Fermata runs workers (programs beside you) and shows them to the person. In Bash, without waiting for them:',
    `- ${cli} spawn --task "Run the tests" -- npm test     starts one; add --after W1 to wait for another, --critical if you may not finish without it`,
    `- ${cli} wait done:W1     waits up to 100 s; exit code 4 means: call it again`,
    `- ${cli} status     shows workers, blocks and votes; ${cli} abort W1 ends a worker with all its processes`,
    'Workers report to you by themselves; one may hold a call of yours and then says why and what ends it.',
  ].join('\n');
