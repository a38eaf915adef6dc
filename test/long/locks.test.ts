import { proveLocks } from '#test/lib/stress/locksProof.ts';

proveLocks({ processes: 16, rounds: 500 });
