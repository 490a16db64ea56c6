import fc from "fast-check";
import { expect, it } from "vitest";
import { databasePort, port, redisPort } from "../../infra/local/paths.ts";
import { portOfCheckout } from "../../test/lib/ports.ts";

/** Of those above 2,000 that fetch refuses (Fetch standard, "port blocking"). */
const blocked = [2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080];
const portsFor = (checkout: string): number[] => {
  const own = portOfCheckout(checkout);
  return [own, own + databasePort - port, own + redisPort - port];
};

it("gives each checkout ports that are not those of npm start, and that meet no other's by half", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const [a, b] = [portsFor(one), portsFor(other)];
      expect(portsFor(one)).toEqual(a);
      for (const own of a) expect([...blocked, port, databasePort, redisPort]).not.toContain(own);
      if (a[0] !== b[0]) expect(a.filter((own) => b.includes(own))).toEqual([]);
    }),
    { numRuns: 500 },
  );
  const folders = Array.from({ length: 200 }, (_, index) => portOfCheckout(`/folder/${index}`));
  expect(new Set(folders).size).toBeGreaterThan(100);
});
