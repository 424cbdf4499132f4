import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../core/database/database';
import { type SeedUser, Seeds } from '../../core/seeding/seeds';
import { UsersService } from '../users/users.service';
import { PasswordsService } from './password/passwords.service';

/** Demo people, who can sign in at once. */
@Injectable()
export class AuthSeeds implements OnModuleInit {
  constructor(
    private readonly seeds: Seeds,
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
  ) {}

  onModuleInit(): void {
    this.seeds.register({ person: (user) => this.person(user) });
  }

  private async person({ email, name, password }: SeedUser): Promise<string> {
    const found = await this.users.findByEmail(email);
    if (found) return found.id;
    const hash = await this.passwords.hash(password);
    return this.database.transaction(async () => {
      const user = (await this.users.create({ email, name })) ?? (await this.users.findByEmail(email))!;
      await this.passwords.set(user.id, hash);
      await this.users.markVerified(user.id);
      return user.id;
    });
  }
}
