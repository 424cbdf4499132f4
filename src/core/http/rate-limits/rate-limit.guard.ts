import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuthGuard } from '../../auth/auth.guard';
import { currentContext } from '../../context';
import { networkOf } from './network';
import { rateClassOf } from './rate-class';
import { type LimitedClass, RateLimits } from './rate-limits';

/**
 * The one global guard: it lets {@link AuthGuard} find out who calls, and counts the request whatever that said.
 * Callers without a valid credential count by their network, so that credentials cannot be guessed at speed, and
 * cannot use up what a signed-in neighbour has.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly authGuard: AuthGuard,
    private readonly limits: RateLimits,
  ) {}

  canActivate(host: ExecutionContext): boolean | Promise<boolean> {
    const rateClass = rateClassOf(host.getHandler(), host.getClass());
    const unlimited = rateClass === 'unlimited' || host.getType() !== 'http';
    return unlimited ? this.authGuard.canActivate(host) : this.admit(host, rateClass);
  }

  private async admit(host: ExecutionContext, rateClass: LimitedClass): Promise<boolean> {
    const http = host.switchToHttp();
    let refused = false;
    let refusal: unknown;
    try {
      await this.authGuard.canActivate(host);
    } catch (error) {
      refused = true;
      refusal = error;
    }
    await this.limits.take(rateClass, callerOf(http.getRequest()), http.getResponse());
    if (refused) throw refusal;
    return true;
  }
}

function callerOf(request: FastifyRequest): string {
  const principal = currentContext()?.principal;
  return principal ? `${principal.userId}:${principal.tenantId ?? ''}` : networkOf(request.ip);
}
