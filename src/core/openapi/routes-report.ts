import type { INestApplicationContext } from '@nestjs/common';
import { idempotencyOf } from '../http/idempotency/need';
import { rateClassOf } from '../http/rate-limits/rate-class';
import { declaredJobs } from '../jobs/job';
import { Jobs } from '../jobs/jobs';
import { type Route, Routes } from './routes';

/** One entry of `npm run routes -- --json`. */
export interface ReportedRoute {
  readonly kind: 'rest' | 'graphql' | 'socket' | 'stream' | 'job';
  /** Null for what is not called by a method: jobs. */
  readonly method: string | null;
  readonly path: string;
  readonly operationId: string;
  readonly module: string;
  readonly public: boolean;
  readonly permission: string | null;
  /** Whether programs may call it with a credential of their own, if its scopes allow it. */
  readonly apiKeys: boolean;
  /** Whether the caller must have proved a short while ago who they are. */
  readonly recentSignIn: boolean;
  /** Whether it works on the rows of the caller's active organization, and of no other. */
  readonly tenantScoped: boolean;
  readonly idempotency: 'required' | 'accepted' | 'none';
  readonly rateClass: string;
}

/** Everything that can be called or runs on its own. */
export function reportRoutes(app: INestApplicationContext): ReportedRoute[] {
  const jobs = declaredJobs().map(({ name }) => reportJob(name, true));
  const schedules = app
    .get(Jobs)
    .schedules()
    .map(({ name }) => reportJob(name, false));
  return [...app.get(Routes).list().map(reportRoute), ...jobs, ...schedules];
}

/** A job runs in the scope of whoever enqueued it, once for each id; a schedule outside of any. */
const reportJob = (name: string, tenantScoped: boolean): ReportedRoute => ({
  kind: 'job',
  method: null,
  path: name,
  operationId: name,
  module: name.split('.')[0]!,
  public: false,
  permission: null,
  apiKeys: false,
  recentSignIn: false,
  tenantScoped,
  idempotency: 'required',
  rateClass: 'unlimited',
});

const reportRoute = ({ handler, controller, access, ...route }: Route): ReportedRoute => ({
  kind: 'rest',
  method: route.method,
  path: route.path,
  operationId: route.operationId,
  module: route.module,
  public: access?.kind === 'public',
  permission: access?.permission ?? null,
  apiKeys: access?.only !== 'user' && !access?.recent,
  recentSignIn: access?.recent ?? false,
  tenantScoped: access?.kind === 'permission',
  idempotency: idempotencyOf(handler),
  rateClass: rateClassOf(handler, controller),
});

function accessText({ kind, public: open, permission, apiKeys, recentSignIn }: ReportedRoute): string {
  if (kind === 'job') return 'internal';
  if (open) return 'public';
  const narrower = [...(apiKeys ? [] : ['no program']), ...(recentSignIn ? ['recent sign-in'] : [])];
  return [permission ?? 'signed in', ...narrower].join(', ');
}

/** The table for people. */
export function routesTable(routes: readonly ReportedRoute[]): string {
  const header = ['', 'path', 'operation', 'module', 'access', 'idempotency', 'rate class'];
  const rows = routes.map((route) => [
    route.method ?? route.kind,
    route.path,
    route.operationId,
    route.module,
    accessText(route),
    route.idempotency,
    route.rateClass,
  ]);
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
