import type { SeedPlan } from './seeds';

/** What was seeded: JSON for programs, or a table of log-ins for people. */
export function seedReport({ organizations, outsider }: SeedPlan, json: boolean): string {
  if (json) {
    const shown = organizations.map(({ id, name, users, apiKey, samples }) => ({
      id,
      name,
      users,
      ...(apiKey && { apiKey }),
      samples,
    }));
    return JSON.stringify({ organizations: shown, outsider }, null, 2);
  }
  const rows = organizations.flatMap(({ name, users }) =>
    users.map((user) => [name, user.role ?? '', user.email]),
  );
  const lines = [...rows, ['(none)', '', outsider.email]].map((row) =>
    row.map((cell) => cell.padEnd(32)).join(''),
  );
  return [...lines, `The password of all of them: ${outsider.password}`].join('\n');
}
