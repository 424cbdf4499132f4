import { Injectable } from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-local';
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

/** Runs the strategy on the body, which has been checked by then, and puts the proof on the request, as `user`. */
@Injectable()
export class LocalGuard extends AuthGuard('local') {}
