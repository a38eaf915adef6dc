import { proveLocks } from '../lib/stress/locksProof.ts';

proveLocks({ processes: 4, rounds: 60 });
