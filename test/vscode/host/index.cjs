// Runs inside the real extension host (payload key "extensionTestsPath"): mocha over the files beside this one.
const { appendFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const { format } = require('node:util');
const Mocha = require('../../runtimes/node_modules/mocha');

exports.run = () =>
  new Promise((resolve, reject) => {
    const write = (text) => appendFileSync(process.env.FERMATA_TEST_OUT, `${text}\n`);
    Mocha.reporters.Base.consoleLog = (...args) => write(format(...args));
    const mocha = new Mocha({ ui: 'bdd', timeout: 90_000, color: false });
    for (const name of readdirSync(__dirname).filter((file) => file.endsWith('.test.cjs')))
      mocha.addFile(join(__dirname, name));
    const runner = mocha.run((failures) => {
      const { passes, failures: failed } = runner.stats;
      write(`RESULT ${JSON.stringify({ passed: passes, failed })}`);
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    });
  });
