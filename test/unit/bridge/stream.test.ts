import { expect, test } from 'vitest';
import { openStream } from '#bridge/stream.ts';

const described = (created: string, lastSeq: number) => ({ created, state: { last_seq: lastSeq } });

test('a stream that the server is still making for another machine is looked at until it is made', async () => {
  const answers = [described('0001-01-01T00:00:00Z', 0), described('0001-01-01T00:00:00Z', 0), described('today', 2)];
  expect(await openStream(() => Promise.resolve(answers.shift()), 't', 1)).toEqual({ created: 'today', lastSeq: 2 });
  expect(answers).toEqual([]);
});

test('a stream that is never made is a fault of the server', async () => {
  const request = () => Promise.resolve(described('0001-01-01T00:00:00Z', 0));
  await expect(openStream(request, 't', 1)).rejects.toThrow('does not finish making');
});

test('where a new stream is being made by another, its facts are those of the finished one', async () => {
  const none = { error: { err_code: 10_059, description: 'stream not found' } };
  const answers: Record<string, unknown[]> = {
    'STREAM.INFO': [none, described('today', 0)],
    'STREAM.CREATE': [described('0001-01-01T00:00:00Z', 0)],
  };
  const request = (call: string) => Promise.resolve(answers[call.split('.').slice(0, 2).join('.')]?.shift());
  expect(await openStream(request, 't', 1)).toEqual({ created: 'today', lastSeq: 0 });
});
