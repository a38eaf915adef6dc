import { provePlans } from '#test/lib/stress/plansProof.ts';

provePlans({ rounds: 100, workers: 50, kills: 10 });
