/**
 * Properties try the same inputs at each `npm test`, so that one fails there for a change and not by chance. `npm run test:long`,
 * and any suite with FERMATA_RANDOM=1, tries others each time.
 */
import fc from 'fast-check';

const isRandom = process.env['FERMATA_TEST_SIZE'] === 'long' || process.env['FERMATA_RANDOM'] === '1';
if (!isRandom) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 1 });
