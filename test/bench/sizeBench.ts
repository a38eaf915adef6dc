import { sizes } from '#test/lib/sizes.ts';
import { print } from './figure.ts';

/** Sizes of what is shipped, in KB of 1,000 bytes. */
export async function sizeBench(): Promise<void> {
  for (const { name, value, limit } of await sizes())
    print({ name: `size-${name}`, value: Number(value.toFixed(1)), unit: 'KB', limit, ok: value <= limit });
}
