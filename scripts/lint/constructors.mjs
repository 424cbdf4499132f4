// A rule for oxlint, whose own `max-params` counts every function alike: a class needs at most so many others.
const MOST = 4;

const rule = {
  create: (context) => ({
    MethodDefinition({ kind, value }) {
      if (kind !== 'constructor' || value.params.length <= MOST) return;
      context.report({
        node: value,
        message: `This constructor takes ${value.params.length} parameters, and ${MOST} are the most: one class each for what listens, works later, or answers (docs/guide/new-module.md).`,
      });
    },
  }),
};

export default { meta: { name: 'keelson' }, rules: { 'constructor-params': rule } };
