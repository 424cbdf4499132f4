import { Topic } from '../../core/openapi/topic';

/** The heading of every route of this module. */
export const AuthTopic = () =>
  Topic('auth', 'Registration, log-in, passwords and the tokens that prove who you are.');
