import { statementCounts } from '../../src/core/database/statement-log';
import { eventually } from './eventually';

/** Holds a request to so many statements at most; tries again, since the process sends some of its own now and then. */
export const expectStatements = <T>(most: number, request: () => PromiseLike<T>): Promise<T> =>
  eventually(async () => {
    const before = statementCounts.all;
    const answer = await request();
    expect(statementCounts.all - before).toBeLessThanOrEqual(most);
    return answer;
  });
