// Named, so that a bundle has this and nothing else of its package.
export { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
