// A service whose name has several addresses, each with a task of its own.
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { HttpAnswer, SendHttp } from "../../shared/src/http.ts";
import { Addresses, type Lookup } from "../src/addresses.ts";
import { smokeTest, type TestedRun } from "./service.ts";

afterEach(() => vi.unstubAllEnvs());

const [first, second, third] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"] as const;
const [six, otherSix] = ["2001:db8::1", "2001:db8::2"] as const;

/** What is behind an address: a version, or the code of the error that a connection to it ends with. */
type Behind = Record<string, string>;

interface Network {
  send: SendHttp;
  lookup: Lookup;
  /** Address → requests. */
  asked: Record<string, number>;
  names: string[];
}

/** @param behindAt what is there at the request of that number, from 0 */
function network(behindAt: (request: number) => Behind): Network {
  let requests = 0;
  const asked: Record<string, number> = {};
  const names: string[] = [];
  return {
    asked,
    names,
    lookup: async (name) => {
      names.push(name);
      return Object.keys(behindAt(requests));
    },
    send: async ({ url, connectTo, headers = {} }) => {
      const behind = behindAt(requests);
      // Without a choice, the system connects to the first that it can.
      const address = connectTo ?? Object.keys(behind).find((one) => !behind[one]!.startsWith("E")) ?? "";
      const found = behind[address] ?? "ECONNREFUSED";
      requests += 1;
      asked[address] = (asked[address] ?? 0) + 1;
      if (/^E[A-Z]+$/.test(found))
        throw Object.assign(new Error(`connect ${found} ${address}`), {
          code: found,
          syscall: found === "ECONNRESET" ? "read" : "connect",
        });
      return answer(JSON.stringify({ commit: found, host: headers["host"] ?? url.host }));
    },
  };
}

const answer = (text: string): HttpAnswer => ({
  status: 200,
  headers: {},
  text,
  bytes: Buffer.from(text),
  milliseconds: 1,
  certificateEnds: undefined,
});

const test = (net: Network, inputs: Record<string, string> = {}): Promise<TestedRun> =>
  smokeTest({ url: "https://rainbow.example.com/", timeout: "5", "expect-version": "new", ...inputs }, net);

const always = (behind: Behind) => network(() => behind);

describe("every address", () => {
  it.each<[string, Behind, string]>([
    ["old at the second", { [first]: "new", [second]: "old" }, `"old" responded \\d+ times at ${second}`],
    ["old at the last", { [first]: "new", [second]: "new", [third]: "old" }, `at ${third}`],
    ["old at IPv6", { [first]: "new", [six]: "old" }, `"old" responded \\d+ times at ${six}`],
    ["old at the second of IPv6", { [first]: "new", [six]: "ECONNREFUSED", [otherSix]: "old" }, `at ${otherSix}`],
    ["nothing at the second", { [first]: "new", [second]: "ECONNREFUSED" }, `connect ECONNREFUSED ${second}`],
    [
      "nothing at one of IPv6",
      { [first]: "new", [six]: "new", [otherSix]: "ECONNREFUSED" },
      `ECONNREFUSED ${otherSix}`,
    ],
    ["a connection that is cut at IPv6", { [first]: "new", [six]: "ECONNRESET" }, `ECONNRESET ${six}`],
    ["only IPv6, which is not there", { [six]: "ENETUNREACH", [otherSix]: "ENETUNREACH" }, "ENETUNREACH"],
    ["a wrong certificate at the second", { [first]: "new", [second]: "ECERT" }, "ECERT"],
  ])("is asked: %s", async (_case, behind, problem) => {
    // However few responses are required.
    for (const required of ["100", "2"]) {
      const { error } = await test(always(behind), { "consecutive-versions": required });
      expect(error?.message).toMatch(new RegExp(problem));
    }
  });

  it.each<[string, Behind, string[]]>([
    ["three", { [first]: "new", [second]: "new", [third]: "new" }, [first, second, third]],
    ["both kinds", { [first]: "new", [six]: "new" }, [first, six]],
    ["no route to IPv6", { [first]: "new", [six]: "ENETUNREACH" }, [first]],
    ["no IPv6 on the machine", { [first]: "new", [six]: "EADDRNOTAVAIL", [otherSix]: "EADDRNOTAVAIL" }, [first]],
    ["localhost, with IPv4 only", { "::1": "ECONNREFUSED", "127.0.0.1": "new" }, ["127.0.0.1"]],
    ["localhost, with IPv6 only", { "127.0.0.1": "ECONNREFUSED", "::1": "new" }, ["::1"]],
    ["no route to IPv4", { [first]: "ENETUNREACH", [six]: "new" }, [six]],
  ])("passes, and log and summary say at which: %s", async (_case, behind, used) => {
    const net = always(behind);
    const { error, log } = await test(net, { "consecutive-versions": "2", checks: "- path: a" });
    expect(error).toBeUndefined();
    const leftOut = Object.keys(behind).filter((address) => !used.includes(address));
    for (const address of used) expect(net.asked[address]).toBeGreaterThan(1);
    for (const address of leftOut) expect(log.filter((line) => line.includes(`${address} is skipped`))).toHaveLength(1);
    const passed = log.filter((line) => line.startsWith("✓"));
    expect(passed).toHaveLength(2);
    for (const line of passed) {
      if (used.length > 1) expect(line).toContain(`requests to ${used.length} addresses`);
      if (leftOut.length > 0) expect(line).toContain(`no connection to ${leftOut.join(", ")}`);
    }
  });

  it("is asked although fewer responses are required, and once if a request must not be repeated", async () => {
    const addresses = Array.from({ length: 8 }, (_, index) => `192.0.2.${index}`);
    const net = always(Object.fromEntries(addresses.map((address) => [address, "new"])));
    const post = "- { path: a, method: POST, consecutive: 1 }";
    const { error } = await test(net, { "consecutive-versions": "2", checks: post });
    expect(error).toBeUndefined();
    const counts = addresses.map((address) => net.asked[address]).toSorted();
    expect(counts).toEqual([1, 1, 1, 1, 1, 1, 1, 2]);
  });

  it("is the present one: tasks that register themselves under the name come and go", async () => {
    const leaving = network((request) =>
      request < 9 ? { [first]: "old", [second]: "new" } : { [second]: "new", [third]: "new" },
    );
    expect((await test(leaving)).error).toBeUndefined();
    expect(leaving.asked[third]).toBeGreaterThan(10);
    const coming = network((request) => (request < 30 ? { [first]: "new" } : { [first]: "new", [second]: "old" }));
    expect((await test(coming)).error?.message).toContain(second);
  });

  it("is asked without the query that a service does not accept", async () => {
    const strict = (net: Network): Network => ({
      ...net,
      send: async (request) => {
        const found = await net.send(request);
        return request.url.search === "" ? found : { ...found, status: 404 };
      },
    });
    const replaced = strict(always({ [first]: "new", [second]: "new" }));
    expect((await test(replaced, { "consecutive-versions": "2" })).error).toBeUndefined();
    const mixed = strict(always({ [first]: "old", [second]: "new" }));
    expect((await test(mixed, { "consecutive-versions": "2" })).error?.message).toContain(`"old" responded`);
  });

  it("is asked by a check that is required to pass once", async () => {
    const behind = { [first]: "new", [second]: "new", [third]: "old" };
    const checks = "- { path: a, consecutive: 1, json: { commit: new } }";
    const { error } = await test(always(behind), { "expect-version": "", checks });
    expect(error?.message).toContain(`commit is "old" instead of "new" (at ${third})`);
  });

  it("is IPv4 first, so that a missing route to IPv6 costs no time", async () => {
    const { error, waited } = await test(always({ [six]: "ENETUNREACH", [first]: "new" }));
    expect([error, waited]).toEqual([undefined, 0]);
  });

  it("waits for a service that starts at both kinds of address, and asks both", async () => {
    const net = network((request) =>
      request < 4 ? { [first]: "ECONNREFUSED", [six]: "ECONNREFUSED" } : { [first]: "new", [six]: "new" },
    );
    expect((await test(net)).error).toBeUndefined();
    expect(net.asked[six]).toBeGreaterThan(20);
  });
});

describe("the name that is looked up", () => {
  const all = { [first]: "new", [second]: "new" };

  it.each<[string, Record<string, string>, string[]]>([
    ["the one of the url", {}, ["rainbow.example.com"]],
    ["none for an address", { url: "https://192.0.2.1/" }, []],
    ["none for an address of IPv6", { url: "https://[2001:db8::1]/" }, []],
    ["none if resolve has an address", { resolve: "rainbow.example.com=192.0.2.2" }, []],
    ["none if resolve has an address of IPv6", { resolve: "rainbow.example.com=[2001:db8::1]" }, []],
    ["the one in resolve", { resolve: "rainbow.example.com=lb.example.com" }, ["lb.example.com"]],
    [
      "the load balancer's, with host",
      { url: "https://lb.example.com/", host: "rainbow.example.com" },
      ["lb.example.com"],
    ],
    [
      "none if resolve has the load balancer's",
      { url: "https://lb.example.com/", host: "rainbow.example.com", resolve: "lb.example.com=192.0.2.1" },
      [],
    ],
    ["none behind a proxy", { proxy: "proxy:3128" }, []],
    ["the one of the url if the proxy is not for it", { proxy: "p", exempt: ".example.com" }, ["rainbow.example.com"]],
    ["the one of the url if the proxy cannot be used", { proxy: "socks5://p:1" }, ["rainbow.example.com"]],
    [
      "the load balancer's behind a proxy too",
      { url: "https://lb.example.com/", host: "rainbow.example.com", proxy: "proxy:3128" },
      ["lb.example.com"],
    ],
  ])("is %s", async (_case, { proxy = "", exempt = "", ...inputs }, names) => {
    for (const name of ["https_proxy", "all_proxy", "ALL_PROXY", "no_proxy"]) vi.stubEnv(name, "");
    vi.stubEnv("HTTPS_PROXY", proxy);
    vi.stubEnv("NO_PROXY", exempt);
    const net = always({ ...all, [six]: "new" });
    const { error, log } = await test(net, inputs);
    expect(error).toBeUndefined();
    expect([...new Set(net.names)]).toEqual(names);
    const proxyLines = log.filter((line) => line.includes("HTTPS_PROXY"));
    expect(proxyLines).toHaveLength(proxy === "" || exempt !== "" || inputs["host"] ? 0 : 1);
  });

  it("that does not exist fails at once, one that has no address too", async () => {
    const unknown = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
    for (const lookup of [() => Promise.reject(unknown), async () => []]) {
      const { error, waited } = await test({ ...always({}), lookup });
      expect(error?.message).toMatch(/ENOTFOUND|has no address/);
      expect(waited).toBe(0);
    }
  });
});

describe("the order of addresses", () => {
  it("has each of them in every row as long as their number, whatever order the name server has", async () => {
    const list = fc.uniqueArray(fc.oneof(fc.ipV4(), fc.ipV6()), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(
        list,
        fc.integer({ min: 0, max: 20 }),
        fc.infiniteStream(fc.nat()),
        async (list, skip, turns) => {
          const lookup: Lookup = async () => list.toSorted(() => (Number(turns.next().value) % 3) - 1);
          const addresses = new Addresses(lookup, () => undefined);
          const next = () => addresses.next("name");
          for (let count = 0; count < skip; count += 1) await next();
          const position = addresses.position;
          const row = new Set<string>();
          for (let count = 0; count < list.length; count += 1) {
            expect(addresses.missing("name", position)).toBe(skip + count === 0 ? 0 : list.length - row.size);
            row.add(await next());
          }
          expect([row.size, addresses.missing("name", position)]).toEqual([list.length, 0]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("needs one lookup for requests at once, and one for the next ones", async () => {
    const net = always({ [first]: "", [second]: "" });
    const addresses = new Addresses(net.lookup, () => undefined);
    const many = await Promise.all(Array.from({ length: 20 }, () => addresses.next("name")));
    expect(many.filter((address) => address === first)).toHaveLength(10);
    expect(net.names).toHaveLength(1);
    await addresses.next("name");
    expect(net.names).toHaveLength(2);
  });
});
