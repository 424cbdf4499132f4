import { Returns } from '../http/returns';
import type { List } from './list';

/** What a list route answers: a page of the list, with a link to the next. */
export const ReturnsPage = (list: Pick<List, 'page'>): MethodDecorator =>
  Returns(list.page, { sparse: true, headers: ['next'] });
