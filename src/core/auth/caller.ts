import { createParamDecorator } from '@nestjs/common';
import { currentContext } from '../context';
import type { Principal } from './principal';

/** The signed-in caller, as an argument of a handler; name it for its role: `@Caller() author: Principal`. */
export const Caller = createParamDecorator((): Principal => currentContext()!.principal!);

/** A principal with an active organization: what handlers behind `@Requires` always have. */
export type Member = Principal & { readonly tenantId: string };
