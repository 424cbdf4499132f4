import { MemoryWindows } from './memory-windows';

describe('Windows in memory', () => {
  it('count each caller for itself', () => {
    const windows = new MemoryWindows(2, 60);
    expect(['ann', 'ann', 'ann', 'bob'].map((caller) => windows.take(caller).requests)).toEqual([
      1, 0, -1, 1,
    ]);
  });

  it('begin anew when their time is over', () => {
    const windows = new MemoryWindows(2, 0);
    expect([windows.take('ann'), windows.take('ann')]).toEqual(Array(2).fill({ requests: 1, ms: 0 }));
  });

  it('do not grow with the number of callers: the one that began first is forgotten', () => {
    const windows = new MemoryWindows(9, 60);
    for (let caller = 0; caller < 100_001; caller += 1) windows.take(String(caller));
    expect(windows.take('1').requests).toBe(7);
    expect(windows.take('0').requests).toBe(8);
  });
});
