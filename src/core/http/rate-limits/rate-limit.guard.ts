import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuthGuard } from '../../auth/auth.guard';
import { currentContext } from '../../context';
import { perHandler } from '../per-handler';
import { networkOf } from './network';
import { rateClassOf } from './rate-class';
import { RateLimits } from './rate-limits';

/**
 * The one global guard: it lets {@link AuthGuard} find out who calls, and counts the request whatever that said.
 * Callers without a valid credential count by their network, so that credentials cannot be guessed at speed, and
 * cannot use up what a signed-in neighbour has.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly rateClass = perHandler(rateClassOf);

  constructor(
    private readonly authGuard: AuthGuard,
    private readonly limits: RateLimits,
  ) {}

  canActivate(host: ExecutionContext): boolean | Promise<boolean> {
    const rateClass = this.rateClass(host);
    if (rateClass === 'unlimited' || host.getType() !== 'http') return this.authGuard.canActivate(host);
    const count = () => this.count(host, rateClass);
    const refuse = async (refusal: unknown) => {
      await count();
      throw refusal;
    };
    let admitted: boolean | Promise<boolean>;
    try {
      admitted = this.authGuard.canActivate(host);
    } catch (refusal) {
      return refuse(refusal);
    }
    // Without a needless promise where the caller is known already: each costs every request.
    return admitted instanceof Promise ? admitted.then(count, refuse) : count();
  }

  private count(host: ExecutionContext, rateClass: string): true | Promise<true> {
    const http = host.switchToHttp();
    return this.limits.take(this.classFor(rateClass), callerOf(http.getRequest()), http.getResponse());
  }

  /** What people do and what programs do does not use up one budget. */
  private classFor(declared: string): string {
    const kind = currentContext()?.principal?.kind;
    return declared === 'default' && kind && this.limits.has(kind) ? kind : declared;
  }
}

function callerOf(request: FastifyRequest): string {
  const principal = currentContext()?.principal;
  return principal ? `${principal.userId}:${principal.tenantId ?? ''}` : networkOf(request.ip);
}
