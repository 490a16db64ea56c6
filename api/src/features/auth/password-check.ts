// A password is asked for with a limit on guesses: for an account from one address, for an account from anywhere, and
// for an address whichever the account.
import type { Request } from "express";
import { isIPv6 } from "node:net";
import { ApiError } from "../../http/errors.ts";
import type { BackOff } from "../../http/back-off.ts";
import type { BackOffPolicy } from "../../redis.ts";
import { passwordMatches } from "./passwords.ts";

const policy = (free: number, longestWaitSeconds: number): BackOffPolicy => ({
  free,
  firstWaitSeconds: 30,
  longestWaitSeconds,
  memorySeconds: 3600,
});
// Others can make the owner of an account wait: therefore many guesses are free there, and the wait is short. Who is
// logged in already is not concerned.
const policies = { both: policy(10, 900), account: policy(100, 300), address: policy(100, 900) };

/** What counts a guess. A right password proves nothing of the other accounts that its address has tried. */
export function limitsOf(ip: string, email: string) {
  const account = email.toLowerCase();
  const address = networkOf(ip);
  return [
    { key: `address ${address}`, policy: policies.address, clear: false },
    { key: `account ${account}`, policy: policies.account, clear: true },
    { key: `both ${address} ${account}`, policy: policies.both, clear: true },
  ];
}

export type CheckPassword = ReturnType<typeof createPasswordCheck>;

/** @returns what answers with the account if the password is its own, and throws otherwise. */
export function createPasswordCheck(backOff: BackOff) {
  return async <Account extends { passwordHash: string }>(
    request: Request,
    { email, password, find }: { email: string; password: string; find: () => Promise<Account | undefined> },
  ): Promise<Account> => {
    const limits = limitsOf(request.ip ?? "", email);
    const wait = await backOff.attempt(limits);
    if (wait > 0) throw new ApiError("too-many-attempts", { retryAfter: Math.ceil(wait) });
    const found = await find();
    if (!(await passwordMatches(found?.passwordHash, password)) || !found) throw new ApiError("wrong-credentials");
    await backOff.succeeded(limits);
    return found;
  };
}

/** Someone with IPv6 has a network of 64 bits at least. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith("::ffff:")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(":").filter((group) => group !== "").length;
  return [...groups, ...Array<string>(missing).fill("0"), ...(tail?.split(":") ?? [])]
    .slice(0, 4)
    .map((group) => group.padStart(4, "0").toLowerCase())
    .join(":");
}
