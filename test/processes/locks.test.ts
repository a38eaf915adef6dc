import { proveLocks } from '#test/lib/stress/locksProof.ts';

proveLocks({ processes: 4, rounds: 60 });
