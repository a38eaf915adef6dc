import { proveWriters } from '#test/lib/stress/writersProof.ts';

proveWriters({ modules: 4, pipes: 4, lines: 400 }, 40);
