// Calls every function of the client once as W1 and prints the results as JSON; W2 holds the resource `taken`.
import { join } from 'node:path';

const f = await import(join(process.env.FERMATA_HOME, 'clients', 'worker.mjs'));
const codeOf = (promise) =>
  promise.then(
    () => 0,
    (error) => (error instanceof f.FermataError ? error.code : error),
  );
const results = {};
await f.progress(40, { message: 'Größe ≥ 3', etaMs: 1000, phase: 'load' });
await f.appendEvent({ t: 'log', level: 'info', message: 'line\nbreak \ud800' });
results.block = await f.block('wait', { tool: 'Read', path: 'a.csv', until: ['free:db', 'done:W2'], ttl: '5m' });
results.unblock = await f.unblock(results.block);
await f.inform('- news', { key: 'n' });
await f.rewrite({ tool: 'Read', path: 'a.csv' }, { file_path: '/b' });
await f.fail('oops', { data: { a: 1 } });
results.checkpoint = await f.checkpoint('half', { data: [1] });
results.token = (await f.acquire('db')) > 0;
results.taken = (await f.acquire('taken')) ?? null;
results.holder = await f.currentHolder('taken');
results['in use'] = [await f.resourceInUse('taken'), await f.resourceInUse('db')];
await f.release('db');
results.locked = await f.withLock('db', (token) => token > 0, { ttl: '30s' });
results.refused = await codeOf(f.release('db'));
results['timed out'] = await codeOf(f.wait('done:W2', { timeout: '20ms' }));
await f.ballot('ship', { question: 'Ship?', quorum: 1, voters: ['W1'] });
results.vote = (await f.vote('proceed', { ballot: 'ship', reason: 'fine' })).votes;
results.tally = (await f.tally('ship')).decided;
results.votes = await f.readVotesFromEvents('ship');
await f.handoff('W1', { task: 'next', data: { n: 1 } });
await f.tell('W1', 'hello');
results.inbox = (await f.inbox()).map(({ kind, text, data }) => [kind, text, data ?? null]);
results.ready = await f.allWorkersReady();
results['too long'] = (await codeOf(f.appendEvent({ t: 'log', level: 'info', message: 'x'.repeat(70_000) }))) === 2;
results.types = [...new Set((await f.readEvents()).map((event) => event.t))];
await f.done({ result: 'all', out: 'o', task: 't' });
console.log(JSON.stringify(results));
