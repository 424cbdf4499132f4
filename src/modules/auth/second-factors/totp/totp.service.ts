import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { seal, unseal } from '../../../../core/sealing';
import { authConfig, type AuthConfig } from '../../auth.config';
import { InvalidSecondFactor, SecondFactors } from '../../sign-in/second-factors';
import { CodeAttempts } from './code-attempts';
import { keyUri, stepOf } from './one-time-codes';
import { Totp } from './totp.entity';

const ADD = `
  insert into auth_totp (user_id, sealed_secret, last_step) values ($1, $2, $3)
  on conflict do nothing returning user_id`;

/** Of many who send one code at once, and of those who send it again, one finds the row: RFC 6238, 5.2. */
const USE = `
  update auth_totp set last_step = $3 where user_id = $1 and sealed_secret = $2 and last_step < $3 returning user_id`;

/** Codes of authenticator apps (RFC 6238), each of which works once. */
@Injectable()
export class TotpService implements OnModuleInit {
  constructor(
    @InjectRepository(Totp) private readonly totps: Repository<Totp>,
    private readonly attempts: CodeAttempts,
    private readonly factors: SecondFactors,
    @Inject(authConfig.token) private readonly config: AuthConfig,
  ) {}

  onModuleInit(): void {
    this.factors.register({
      name: 'totp',
      has: (userId) => this.totps.existsBy({ userId }),
      check: (userId, answer) => this.check(userId, String(answer)),
      remove: async (userId) => void (await this.remove(userId)),
    });
  }

  find(userId: string): Promise<Totp | null> {
    return this.totps.findOneBy({ userId });
  }

  /** False when the user has one already: of two at once one is added. `step`: of the code that confirmed it. */
  async add(userId: string, secret: Buffer, step: number): Promise<boolean> {
    const rows: unknown[] = await this.totps.query(ADD, [userId, this.seal(userId, secret), step]);
    return rows.length > 0;
  }

  /** Whether there was one. */
  async remove(userId: string): Promise<boolean> {
    const { affected } = await this.totps.delete({ userId });
    return Boolean(affected);
  }

  /** What the app of the account scans. */
  keyUri(secret: Buffer, account: string): string {
    return keyUri(secret, this.config.AUTH_TOTP_ISSUER, account);
  }

  /** Bound to the user: in the row of another it does not open. */
  seal(userId: string, secret: Buffer): Buffer {
    return seal(this.config.AUTH_KEY_ENCRYPTION_KEY, nameOf(userId), secret);
  }

  unseal(userId: string, sealed: Buffer): Buffer {
    return unseal(this.config.AUTH_KEY_ENCRYPTION_KEY, nameOf(userId), sealed);
  }

  /** @throws Problem invalid_second_factor; too_many_codes */
  private async check(userId: string, code: string): Promise<void> {
    if (!(await this.attempts.guard(userId, () => this.use(userId, code)))) throw InvalidSecondFactor();
  }

  private async use(userId: string, code: string): Promise<boolean> {
    const totp = await this.find(userId);
    if (!totp) return false;
    const step = stepOf(this.unseal(userId, totp.sealedSecret), code, Date.now());
    if (step === null) return false;
    const [rows]: [unknown[]] = await this.totps.query(USE, [userId, totp.sealedSecret, step]);
    return rows.length > 0;
  }
}

const nameOf = (userId: string): string => `totp:${userId}`;
