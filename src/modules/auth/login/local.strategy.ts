import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-local';
import { ValidationPipe } from '../../../core/http/validation.pipe';
import { credentials } from './login.schema';
import type { Proof } from '../sign-in/sign-in';
import { LoginService } from './login.service';

/** Passport's strategy for an e-mail address and a password in the body. */
@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy, 'local') {
  constructor(private readonly login: LoginService) {
    super({ usernameField: 'email', passReqToCallback: true });
  }

  validate({ ip }: FastifyRequest, email: string, password: string): Promise<Proof> {
    return this.login.identify(email, password, ip);
  }
}

/** Runs the strategy; guards come before pipes, so it checks the body itself. Puts the proof on the request, as `user`. */
@Injectable()
export class LocalGuard extends AuthGuard('local') {
  private readonly pipe = new ValidationPipe();

  override getRequest(host: ExecutionContext): FastifyRequest {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    request.body = this.pipe.transform(request.body, { type: 'body', schema: credentials });
    return request;
  }
}
