/** The reason of a turn that goes on because somebody else's hook refused its end. */
export const GOES_ON = 'its end was refused';
