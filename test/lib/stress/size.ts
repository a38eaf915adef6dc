/** The size of a stress test: `long` in the vitest project of that name (`npm run test:long`), else `short`. */
export const sized = <T>(short: T, long: T): T => (process.env['FERMATA_TEST_SIZE'] === 'long' ? long : short);
