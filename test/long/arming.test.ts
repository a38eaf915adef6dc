import { proveArming } from '#test/lib/stress/armingProof.ts';

proveArming(1000);
