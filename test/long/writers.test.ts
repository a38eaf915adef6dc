import { proveWriters } from '#test/lib/stress/writersProof.ts';

proveWriters({ modules: 64, pipes: 64, lines: 2000 }, 300);
