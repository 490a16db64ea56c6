// Work on many things, some at a time.

/** After a failure nothing more is begun; what is under way ends first. @throws the first failure */
export async function each<T>(
  items: Iterable<T>,
  { atOnce, signal }: { atOnce: number; signal?: AbortSignal },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const iterator = items[Symbol.iterator]();
  const isOver = () => failures.length > 0 || signal?.aborted === true;
  const lane = async () => {
    while (!isOver()) {
      const { done, value } = iterator.next();
      if (done === true) return;
      try {
        await work(value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  if (failures.length > 0) throw failures[0];
}
