// Calls every function of the client once as W1 and prints the results as JSON; W2 holds the resource `taken`.
import { join } from 'node:path';

const f = await import(join(process.env.FERMATA_HOME, 'clients', 'worker.mjs'));
const codeOf = (promise) =>
  promise.then(
    () => 0,
    (error) => (error instanceof f.FermataError ? error.code : error),
  );
const said = {};
await f.progress(40, { message: 'Größe ≥ 3', etaMs: 1000, phase: 'load' });
await f.appendEvent({ t: 'log', level: 'info', message: 'line\nbreak \ud800' });
said.block = await f.block('wait', { tool: 'Read', path: 'a.csv', until: ['free:db', 'done:W2'], ttl: '5m' });
said.unblock = await f.unblock(said.block);
await f.inform('- news', { key: 'n' });
await f.rewrite({ tool: 'Read', path: 'a.csv' }, { file_path: '/b' });
await f.fail('oops', { data: { a: 1 } });
said.checkpoint = await f.checkpoint('half', { data: [1] });
said.token = (await f.acquire('db')) > 0;
said.taken = (await f.acquire('taken')) ?? null;
said.holder = await f.currentHolder('taken');
said['in use'] = [await f.resourceInUse('taken'), await f.resourceInUse('db')];
await f.release('db');
said.locked = await f.withLock('db', (token) => token > 0, { ttl: '30s' });
said.refused = await codeOf(f.release('db'));
said['timed out'] = await codeOf(f.wait('done:W2', { timeout: '20ms' }));
await f.ballot('ship', { question: 'Ship?', quorum: 1, voters: ['W1'] });
said.vote = (await f.vote('proceed', { ballot: 'ship', reason: 'fine' })).votes;
said.tally = (await f.tally('ship')).decided;
said.votes = await f.readVotesFromEvents('ship');
await f.handoff('W1', { task: 'next', data: { n: 1 } });
await f.tell('W1', 'hello');
said.inbox = (await f.inbox()).map(({ kind, text, data }) => [kind, text, data ?? null]);
said.ready = await f.allWorkersReady();
said['too long'] = (await codeOf(f.appendEvent({ t: 'log', level: 'info', message: 'x'.repeat(70_000) }))) === 2;
said.types = [...new Set((await f.readEvents()).map((event) => event.t))];
await f.done({ result: 'all', out: 'o', task: 't' });
console.log(JSON.stringify(said));
