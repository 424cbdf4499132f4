// What Helm makes before a release: it must be there in time, and must not be in the way of the next one.
import { ofKind, selects, unless } from './pod-rules.mjs';
import { titleOf } from './render.mjs';

const HOOK = 'helm.sh/hook';
const WEIGHT = 'helm.sh/hook-weight';
const POLICY = 'helm.sh/hook-delete-policy';

const policiesOf = ({ metadata }) => metadata.annotations?.[POLICY]?.split(',') ?? [];

/** The migrations come before the release, so what they need must come before them. */
const migrationsComeFirst = (manifests) =>
  ofKind(manifests, 'Job').flatMap((job) => {
    const { annotations } = job.metadata;
    const { labels } = job.spec.template.metadata;
    const isEarlier = (manifest) =>
      manifest.metadata.annotations?.[HOOK] === annotations[HOOK] &&
      Number(manifest.metadata.annotations[WEIGHT]) < Number(annotations[WEIGHT]);
    const account = ofKind(manifests, 'ServiceAccount').find(
      ({ metadata }) => metadata.name === job.spec.template.spec.serviceAccountName,
    );
    const policy = ofKind(manifests, 'NetworkPolicy').find(
      (one) => isEarlier(one) && selects(one.spec.podSelector, labels) && one.spec.policyTypes.length === 2,
    );
    return [
      ...unless(
        annotations[HOOK] === 'pre-install,pre-upgrade',
        `${titleOf(job)} does not run before the release`,
      ),
      ...unless(account && isEarlier(account), `${titleOf(job)} has no account yet when it starts`),
      ...unless(policy, `${titleOf(job)} has no network policy yet when it starts`),
    ];
  });

/** Helm makes a hook again at each upgrade, and fails where one of that name is there. */
const hooksCanRepeat = (manifests) =>
  manifests
    .filter(({ metadata }) => metadata.annotations?.[HOOK])
    .flatMap((hook) => [
      ...unless(
        policiesOf(hook).includes('before-hook-creation'),
        `${titleOf(hook)} does not say that the next upgrade replaces it: ${POLICY}`,
      ),
      // Running pods refer to the secrets, so they stay.
      ...unless(
        policiesOf(hook).includes('hook-succeeded') || hook.spec?.target?.creationPolicy === 'Orphan',
        `${titleOf(hook)} stays after it has served: ${POLICY}`,
      ),
    ]);

/** A job that ran on would be deleted by the next upgrade, if that made one of the same name. */
const jobsOutliveAnUpgrade = (manifests) =>
  ofKind(manifests, 'Job').flatMap((job) => [
    ...unless(job.metadata.name.endsWith('-1'), `${titleOf(job)} has the same name in every revision`),
    ...unless(
      job.spec.ttlSecondsAfterFinished > 0,
      `${titleOf(job)} is never cleared away when it has failed`,
    ),
    ...unless(!policiesOf(job).includes('hook-failed'), `${titleOf(job)} takes its log away when it fails`),
    ...unless(job.spec.activeDeadlineSeconds > 0, `${titleOf(job)} may run for ever`),
  ]);

export const HOOK_RULES = [migrationsComeFirst, hooksCanRepeat, jobsOutliveAnUpgrade];
