// Work that is waited for so long and no longer.

export class TooSlow extends Error {
  override name = "TooSlow";
}

/** @throws TooSlow after `milliseconds`; the work itself goes on, and what becomes of it is of no more interest */
export function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TooSlow(`no answer within ${milliseconds} ms`)), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
