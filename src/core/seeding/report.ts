import type { SeedPlan } from './seeds';

/** What was seeded: JSON for programs, or a table of log-ins for people. */
export function seedReport({ organizations, outsider }: SeedPlan, json: boolean): string {
  const nobody = { id: outsider.id, email: outsider.email, password: outsider.password, role: null };
  if (json) {
    const shown = organizations.map(({ id, name, users, apiKey, samples }) => ({
      id,
      name,
      users: users.map(({ id: userId, email, password, role }) => ({ id: userId, email, password, role })),
      ...(apiKey && { apiKey }),
      samples,
    }));
    return JSON.stringify({ organizations: shown, outsider: nobody }, null, 2);
  }
  const rows = organizations.flatMap(({ name, users }) =>
    users.map((user) => [name, user.role ?? '', user.email]),
  );
  const lines = [...rows, ['(none)', '', outsider.email]].map((row) =>
    row.map((cell) => cell.padEnd(32)).join(''),
  );
  return [...lines, `The password of all of them: ${outsider.password}`].join('\n');
}
