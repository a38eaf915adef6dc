/** The line with which a step of the demo begins in its log. */
export const demoStep = (step: number, text: string): string => `Demo, ${step} of 4: ${text}`;

/** The step that such a line begins. */
export const stepOf = (message: string): number | undefined => {
  const step = /^Demo, ([1-4]) of 4: /.exec(message)?.[1];
  return step === undefined ? undefined : Number(step);
};
