import { defineProblem } from '../http/problem';
import { definePolicy } from './policies';

describe('a policy', () => {
  it('refuses as forbidden or not found, and with nothing that tells the caller something else', () => {
    const hidden = defineProblem('not-found', 'test_row_hidden', 'There is no such row', 'Look elsewhere.');
    const wrong = defineProblem('conflict', 'test_row_busy', 'The row is busy', 'Wait.');
    const policy = definePolicy<{ open: boolean }>(hidden, (_caller, { open }) => open);
    expect(() => policy.assert({} as never, { open: false })).toThrow('There is no such row');
    expect(() => policy.assert({} as never, { open: true })).not.toThrow();
    expect(() => definePolicy(wrong, () => true)).toThrow('test_row_busy is conflict');
  });
});
