/** The reason of a turn that goes on because somebody else's hook refused its end. */
export const TURN_CONTINUES = 'its end was refused';
