// The proofs that `npm run prove` runs at full size. To add one: an entry here, and `proof()` of test/support/proof.ts
// in its test, which makes it small under `npm test`.

/**
 * `sizes`: at least so much, by the names that the test takes from `proof().size` and gives to `record()`. What a
 * test records beside them (times, say) is printed and kept, and holds nothing. `tests`: what Jest runs.
 */
export const TOPICS = {
  kills: {
    proves:
      'A worker is killed by SIGKILL, at random moments and at each named step of a delivery, while people register: no mail is lost, and none is sent twice but those that were on the wire when their sender died.',
    sizes: { killsAtRandomMoments: 40, killsAtSteps: 26, mails: 660 },
    tests: ['test/system/worker-kill.e2e-spec.ts', '--testNamePattern', 'loses no mail'],
  },
  rolling: {
    proves:
      'Two instances in production mode are restarted in turn behind nginx while callers read and write: every request is answered.',
    sizes: { restarts: 6, requests: 10_000, callers: 16 },
    tests: ['test/system/rolling.e2e-spec.ts'],
  },
  fuzz: {
    proves:
      'Hostile requests to every operation of the document get no 5xx, and no response that the document does not declare.',
    sizes: { requests: 50_000 },
    tests: ['test/core/fuzz.e2e-spec.ts'],
  },
  defects: {
    proves:
      'Each patch of test/defects takes one protection out of a copy of the project, and the test that it names fails.',
    sizes: { noticed: 100 },
  },
};
