// Says on the page of a run why nothing was built: a fork that has set nothing up is no failure.
import '../../src/launch.js';
import { summarise } from './steps.mjs';

summarise(
  'Tested, and not deployed: the variable `DEPLOY` is not `on`. What a deployment needs is the table under ' +
    '"The pipeline" in `docs/guide/deployment.md`.',
);
