interface Client {
  send: (command: never, options?: never) => Promise<unknown>;
}

/**
 * A client whose code is loaded with its first call: a bundle has it in a file of its own, and a run that does not call
 * the service does not wait for it.
 */
export function onDemand<C extends Client>(load: () => Promise<C>): C {
  let loading: Promise<C> | undefined;
  const send: Client["send"] = async (command, options) => (await (loading ??= load())).send(command, options);
  return { send } as C;
}
