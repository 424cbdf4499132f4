import { problemDetails } from '../http/problem.filter';
import { Problem, type ProblemType, problemCatalogue } from '../http/problem';
import { answerHeadersOf } from './headers';
import { refusalsFor } from './refusals';
import type { Operation, RouteFacts } from './route-facts';

const PROBLEM = { $ref: '#/components/schemas/Problem' };

interface Answer {
  description?: string;
  headers?: object;
  content?: Record<string, { schema: object }>;
}

/** An example of every problem there is, for the components of the document. */
export const problemExamples = (): Record<string, object> =>
  Object.fromEntries(
    problemCatalogue().map((type) => [
      type.code,
      {
        summary: type.title,
        value: problemDetails(new Problem(type), '/v1/…', '0d6f1b6e-5c5e-4c3f-9f0e-1f1d2a3b4c5d'),
      },
    ]),
  );

/**
 * The answers of routes. Refusals that many routes share word for word become components, named by what they say,
 * so that the document stays readable.
 */
export class Answers {
  readonly components: Record<string, object> = {};

  /** Adds to the answers that `@Returns` declared their headers, and every refusal that the route can end in. */
  complete(operation: Operation, facts: RouteFacts): void {
    const answers = operation.responses as Record<string, Answer>;
    for (const [status, answer] of Object.entries(answers)) {
      answer.headers = { ...answerHeadersOf(facts, Number(status)), ...answer.headers };
      const page = answer.content?.['text/html'];
      if (page) page.schema = { type: 'string' };
    }
    if (facts.hasEtag && !facts.writes) {
      answers['304'] = { description: 'You have the current version', headers: answerHeadersOf(facts, 304) };
    }
    const refusals = refusalsFor(facts);
    for (const status of new Set(refusals.map((type) => type.status))) {
      const types = refusals.filter((type) => type.status === status);
      answers[status] = this.refusal(facts, status, types);
    }
  }

  private refusal(facts: RouteFacts, status: number, types: ProblemType[]): object {
    const examples = types.map(({ code }) => [code, { $ref: `#/components/examples/${code}` }]);
    const answer = {
      description: types.map(({ code, title }) => `${title} (\`${code}\`)`).join('; '),
      headers: answerHeadersOf(facts, status),
      content: { 'application/problem+json': { schema: PROBLEM, examples: Object.fromEntries(examples) } },
    };
    const limited = facts.rateClass === 'unlimited' ? 'unlimited_' : '';
    const name = `${limited}${types.map(({ code }) => code).join('_or_')}`;
    this.components[name] = answer;
    return { $ref: `#/components/responses/${name}` };
  }
}
