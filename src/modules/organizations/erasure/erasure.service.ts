import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Authentication } from '../../../core/auth/authentication';
import type { Member } from '../../../core/auth/caller';
import { Database } from '../../../core/database/database';
import { Events } from '../../../core/events/events';
import { assertVersion, type ExpectedVersions } from '../../../core/http/etag';
import { Jobs } from '../../../core/jobs/jobs';
import { activeOrganization } from '../../../core/tenancy/active-organization';
import { OrganizationNotFound } from '../../../core/tenancy/problems';
import { Organization } from '../organization.entity';
import { organizationRemoved } from '../organizations.events';
import { eraseOrganization } from './erasure.job';

/** Rows of one table that one run of the job deletes: short transactions, however large the organization was. */
const BATCH = 5000;
const FOREIGN_KEY_VIOLATION = '23503';

/** The end of an organization: out of reach at once, its rows erased by the worker. */
@Injectable()
export class ErasureService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly authentication: Authentication,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(eraseOrganization, ({ organizationId }) => this.erase(organizationId));
  }

  /** Takes the organization, its memberships and invitations away in one step; nobody reaches its rows after that. */
  remove(owner: Member, id: string, expected: ExpectedVersions): Promise<void> {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      const organizationId = activeOrganization(owner, id);
      const organization = await manager.findOne(Organization, {
        where: { id: organizationId },
        lock: { mode: 'pessimistic_write' },
      });
      if (!organization) throw OrganizationNotFound();
      assertVersion(organization.version, expected);
      await manager.delete(Organization, { id: organizationId });
      await this.jobs.enqueue(eraseOrganization, { organizationId });
      await this.events.publish(organizationRemoved, { organizationId });
      await this.authentication.invalidate({ organizationId });
    });
  }

  /**
   * Deletes what the tables of all modules still hold of the organization, a batch of each, and comes back until
   * there is nothing left. The tables are those with the policy `tenant_isolation`, so a module whose rows only their
   * tenant can reach has nothing to declare. @throws Error when rows refer to each other so that none can go first
   */
  private async erase(organizationId: string): Promise<void> {
    const referenced: string[] = [];
    let erased = 0;
    for (const table of await this.tenantTables()) {
      const count = await this.deleteSome(table, organizationId);
      if (count === null) referenced.push(table);
      else erased += count;
    }
    if (erased > 0) await this.jobs.enqueue(eraseOrganization, { organizationId });
    else if (referenced.length > 0) throw new Error(`Still referred to: ${referenced.join(', ')}`);
  }

  /** @returns how many rows, or null when rows of another table refer to some of them: those must go first */
  private async deleteSome(table: string, tenantId: string): Promise<number | null> {
    const gone = `delete from ${table} where ctid = any(array(
      select ctid from ${table} where tenant_id = $1 limit ${BATCH})) returning 1`;
    const counted = `with gone as (${gone}) select count(*)::int as count from gone`;
    try {
      const [found] = await this.database.attempt(() => this.database.manager.query(counted, [tenantId]));
      return found.count;
    } catch (error) {
      if ((error as { driverError?: { code?: string } }).driverError?.code === FOREIGN_KEY_VIOLATION)
        return null;
      throw error;
    }
  }

  private async tenantTables(): Promise<string[]> {
    const rows: { name: string }[] = await this.database.manager.query(
      `select format('%I', c.table_name) as name
       from information_schema.columns c
       join pg_policies p on p.schemaname = c.table_schema and p.tablename = c.table_name
       where c.table_schema = 'public' and c.column_name = 'tenant_id' and p.policyname = 'tenant_isolation'
       order by 1`,
    );
    return rows.map(({ name }) => name);
  }
}
