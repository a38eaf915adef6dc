/**
 * Raised when locks, ballots or checkpoints fold differently. A machine on which another number counts than at the seat of a
 * session goes on with its work there, and concludes nothing about these: it might hold what the seat has given to another one.
 */
export const DECIDES = 1;
