// A name with several addresses: requests go to each in turn, so that an old task or a forgotten load balancer behind one
// of them is found. Otherwise the name server and the system choose, and may choose the same one each time.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { messageOf } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";

/** Name → all its addresses, IPv4 and IPv6. @throws as `dns.lookup` */
export type Lookup = (hostname: string) => Promise<string[]>;

export const systemLookup: Lookup = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

interface Host {
  /** Of the last lookup. */
  addresses: string[];
  pending: Promise<string[]> | undefined;
  /** Address → number of its last request. */
  asked: Map<string, number>;
  /** Versions of IP (4, 6) at which something has answered. */
  answered: Set<number>;
  skipped: Set<string>;
}

export class Addresses {
  private readonly lookup: Lookup;
  private readonly log: Log;
  private readonly hosts = new Map<string, Host>();
  private readonly noted = new Set<string>();
  private requests = 0;

  constructor(lookup: Lookup, log: Log) {
    this.lookup = lookup;
    this.log = log;
  }

  /**
   * The address of the next request: the one whose last request is the oldest. The name is looked up each time, because
   * tasks that register themselves under it come and go.
   */
  async next(hostname: string): Promise<string> {
    if (isIP(hostname) !== 0) return hostname;
    const host = this.hostOf(hostname);
    host.pending ??= this.lookup(hostname).finally(() => (host.pending = undefined));
    // IPv4 first: with its answer, a missing route to IPv6 is known for what it is.
    host.addresses = [...new Set(await host.pending)].toSorted((a, b) => isIP(a) - isIP(b));
    const inUse = this.inUse(hostname);
    const [address] = (inUse.length > 0 ? inUse : host.addresses).toSorted(
      (a, b) => (host.asked.get(a) ?? 0) - (host.asked.get(b) ?? 0),
    );
    if (address === undefined) throw Object.assign(new Error(`${hostname} has no address`), { code: "ENOTFOUND" });
    this.requests += 1;
    host.asked.set(address, this.requests);
    return address;
  }

  answered(hostname: string, address: string): void {
    this.hostOf(hostname).answered.add(isIP(address));
  }

  /**
   * An address to which there is no connection. It is skipped if only the other version of IP answers, as on a runner
   * without IPv6: everybody who has both goes to the other one (RFC 8305). @returns whether it is skipped
   */
  skip(hostname: string, address: string, error: unknown): boolean {
    const { answered, skipped } = this.hostOf(hostname);
    const version = isIP(address);
    if (answered.has(version) || answered.size === 0) return false;
    const other = version === 6 ? 4 : 6;
    this.note(`${hostname}: ${address} is skipped, because only IPv${other} responds: ${messageOf(error)}`);
    skipped.add(address);
    return true;
  }

  /** Logs a line, once. Lines with the same key are the same. */
  note(line: string, key = line): void {
    if (!this.noted.has(key)) this.log(line);
    this.noted.add(key);
  }

  /** Addresses that are not skipped. */
  inUse(hostname: string): string[] {
    const { addresses, skipped } = this.hostOf(hostname);
    return addresses.filter((address) => !skipped.has(address));
  }

  skipped(hostname: string): string[] {
    return [...this.hostOf(hostname).skipped];
  }

  /** The number of the last request, for `missing`. */
  get position(): number {
    return this.requests;
  }

  /** How many of the addresses in use have had no request after that position. */
  missing(hostname: string, position: number): number {
    const { asked } = this.hostOf(hostname);
    return this.inUse(hostname).filter((address) => (asked.get(address) ?? 0) <= position).length;
  }

  private hostOf(hostname: string): Host {
    const known = this.hosts.get(hostname) ?? {
      addresses: [],
      pending: undefined,
      asked: new Map(),
      answered: new Set(),
      skipped: new Set(),
    };
    this.hosts.set(hostname, known);
    return known;
  }
}
