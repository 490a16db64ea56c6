/** The same promise for everybody: what several checks need is read once. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => (loading ??= load());
}

/** The same, for each key. */
export function oncePer<T>(load: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const loading = new Map<string, Promise<T>>();
  return (key) => {
    const promise = loading.get(key) ?? load(key);
    loading.set(key, promise);
    return promise;
  };
}
