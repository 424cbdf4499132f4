import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Authentication } from '../../../core/auth/authentication';
import type { Member } from '../../../core/auth/caller';
import { Database } from '../../../core/database/database';
import { Events } from '../../../core/events/events';
import { assertVersion, type ExpectedVersions } from '../../../core/http/etag';
import { Jobs } from '../../../core/jobs/jobs';
import { OrganizationNotFound } from '../../../core/tenancy/problems';
import { activeOrganization } from '../active-organization';
import { Membership } from '../membership.entity';
import { Organization } from '../organization.entity';
import { organizationRemoved } from '../organizations.events';
import { eraseOrganization } from './erasure.job';

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
      const members = await manager.find(Membership, { where: { tenantId: organizationId } });
      await manager.delete(Organization, { id: organizationId });
      await this.jobs.enqueue(eraseOrganization, { organizationId });
      await this.events.publish(organizationRemoved, { organizationId });
      for (const { userId } of members) await this.authentication.invalidate({ userId });
    });
  }

  /**
   * Deletes what the tables of all modules still hold of the organization. The tables are those that carry the
   * policy `tenant_isolation`, so a module that keeps its rows in reach of the right tenant has nothing to declare.
   */
  private async erase(organizationId: string): Promise<void> {
    let tables = await this.tenantTables();
    while (tables.length > 0) {
      const referenced: string[] = [];
      for (const table of tables) {
        if (!(await this.empty(table, organizationId))) referenced.push(table);
      }
      if (referenced.length === tables.length)
        throw new Error(`Rows refer to each other: ${referenced.join(', ')}`);
      tables = referenced;
    }
  }

  /** @returns false when rows of another table still refer to it: that one must go first */
  private async empty(table: string, tenantId: string): Promise<boolean> {
    try {
      await this.database.attempt(async () => {
        while ((await this.deleteSome(table, tenantId)) === BATCH);
      });
      return true;
    } catch (error) {
      if ((error as { driverError?: { code?: string } }).driverError?.code !== FOREIGN_KEY_VIOLATION)
        throw error;
      return false;
    }
  }

  private async deleteSome(table: string, tenantId: string): Promise<number> {
    const gone = `delete from ${table} where ctid = any(array(
      select ctid from ${table} where tenant_id = $1 limit ${BATCH})) returning 1`;
    const [found] = await this.database.manager.query(
      `with gone as (${gone}) select count(*)::int as count from gone`,
      [tenantId],
    );
    return found.count;
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
