/** An error with a message for the person that names the next step. Every other error is a defect and goes to the log. */
export class HumanError extends Error {}
