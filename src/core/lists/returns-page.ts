import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { Returns } from '../http/returns';
import type { List } from './list';
import type { Page } from './lists';

/** Adds `Link: <...>; rel="next"` (RFC 8288) to a page that has a successor. */
@Injectable()
class NextLinkInterceptor implements NestInterceptor {
  intercept(host: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = host.switchToHttp();
    return next
      .handle()
      .pipe(map((page: Page<unknown>) => link(page, http.getRequest(), http.getResponse())));
  }
}

function link(page: Page<unknown>, request: FastifyRequest, reply: FastifyReply): Page<unknown> {
  if (!page.nextCursor) return page;
  const [path, query] = request.url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.delete('offset');
  parameters.set('cursor', page.nextCursor);
  reply.header('link', `<${path}?${parameters}>; rel="next"`);
  return page;
}

/** What a list route answers: a page of the list, with a link to the next. */
export const ReturnsPage = (list: Pick<List, 'page'>): MethodDecorator =>
  applyDecorators(Returns(list.page, { sparse: true }), UseInterceptors(NextLinkInterceptor));
