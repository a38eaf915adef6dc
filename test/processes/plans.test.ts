import { provePlans } from '#test/lib/stress/plansProof.ts';

provePlans({ rounds: 3, workers: 30, kills: 6 });
