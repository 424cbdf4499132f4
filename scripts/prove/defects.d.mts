/** What Jest's report says of the test that a patch names: undefined when it ran and failed. */
export function verdictOf(
  report: { testResults: object[] },
  patch: { test: string; title: string },
): string | undefined;
