// What the design document gives each environment.
import type { Environment } from "../system-test.ts";

export interface Sizes {
  natGateways: number;
  vpnGateways: number;
  database: { class: string; multiAz: boolean };
  cache: { node: string; shards: number; replicas: number };
  /** Tasks that the first deployment starts, and the bounds of autoscaling. */
  api: { count: number; autoscaling?: [number, number] };
  ml: { count: number; autoscaling?: [number, number] };
  logDays: number;
  /** Whether what holds data is kept from deletion. */
  isProtected: boolean;
}

export const sizes: Record<Environment, Sizes> = {
  production: {
    natGateways: 2,
    vpnGateways: 1,
    database: { class: "db.r5.large", multiAz: true },
    cache: { node: "cache.r6g.large", shards: 2, replicas: 1 },
    api: { count: 3, autoscaling: [3, 12] },
    ml: { count: 2, autoscaling: [2, 6] },
    logDays: 90,
    isProtected: true,
  },
  staging: {
    natGateways: 1,
    vpnGateways: 0,
    database: { class: "db.t3.micro", multiAz: false },
    cache: { node: "cache.t3.micro", shards: 1, replicas: 0 },
    api: { count: 1 },
    ml: { count: 1 },
    logDays: 30,
    isProtected: false,
  },
};
