import { proveArming } from '../lib/stress/armingProof.ts';

proveArming(1000);
