/** An error whose message is meant for a person and says what to do next. Everything else is a defect and goes to the log. */
export class HumanError extends Error {}
