import { proveArming } from '../lib/stress/armingProof.ts';

proveArming(16);
