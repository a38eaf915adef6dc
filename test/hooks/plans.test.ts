import { provePlans } from '../lib/stress/plansProof.ts';

provePlans({ rounds: 3, workers: 30, kills: 6 });
