const { default: Sequencer } = require('@jest/test-sequencer');

/** Files that start processes come first: they take longest, and wait for their processes beside the others. */
module.exports = class SystemFirst extends Sequencer {
  sort(tests) {
    const ofSystem = ({ context }) => context.config.displayName.name === 'system';
    // oxlint-disable-next-line unicorn/no-array-sort -- Jest names it so
    const sorted = super.sort(tests);
    return [...sorted.filter(ofSystem), ...sorted.filter((test) => !ofSystem(test))];
  }
};
