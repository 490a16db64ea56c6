// Input of the modules between the internet and the tasks: network, load balancer, CloudFront, buckets, registry.
import type { Inputs } from "./plan-variables.ts";

const zones = {
  "ap-northeast-1a": { private: "10.0.1.0/24", public: "10.0.101.0/24" },
  "ap-northeast-1c": { private: "10.0.2.0/24", public: "10.0.102.0/24" },
};
const withZone = (name: string, subnets: { private: string; public: string }) => ({ ...zones, [name]: subnets });
const inZoneA = (subnets: { private: string; public: string }) => withZone("ap-northeast-1a", subnets);

const names = ["Rainbow-Seeker", `a${"2".repeat(32)}`, "rainbow-", "1rainbow", "r"];
const namesTaken = ["ab", `a${"2".repeat(31)}`];
const suffixes = ["staging", "-Staging", "-staging-", "--staging"];
const suffixesTaken = ["", "-a1", "-staging-2"];
const domains = [
  "https://rainbow.example.com",
  "rainbow.example.com.",
  "Rainbow.example.com",
  "rainbow",
  "-a.example.com",
];
const domain = { name: "rainbow.example.com", zone_id: "Z0123456789ABCDEFGHIJ" };
const longest = `${"a".repeat(52)}.example.com`;

const arn = {
  certificate: (region: string) =>
    `arn:aws:acm:${region}:123456789012:certificate/00000000-0000-0000-0000-000000000000`,
  regionalAcl: (region: string) => `arn:aws:wafv2:${region}:123456789012:regional/webacl/rainbow-seeker/0123`,
  globalAcl: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/rainbow-seeker/0123",
  bucket: "arn:aws:s3:::rainbow-seeker-logs",
  distribution: "arn:aws:cloudfront::123456789012:distribution/EDFDVBD632BHDS",
};

const loadBalancer = {
  name: "rainbow-seeker-alb",
  vpc_id: "vpc-1",
  subnet_ids: ["subnet-1", "subnet-2"],
  security_group_id: "sg-1",
  target: { name: "rainbow-seeker-api", port: 3000 },
};
const target = (part: object) => ({ ...loadBalancer.target, ...part });
const longNames = ["a".repeat(33), "-alb", "alb-", "rainbow_alb", ""];

const cdnDomain = (part: object) => ({
  name: "rainbow.example.com",
  certificate_arn: arn.certificate("us-east-1"),
  ...part,
});

const retention = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** By the folder of the module below infra/. */
export const edge: Record<string, Inputs> = {
  "modules/network": {
    good: { name: "rainbow-seeker", cidr: "10.0.0.0/16", zones },
    refused: {
      name: names,
      suffix: suffixes,
      cidr: ["10.0.0.0", "10.0.0.0/15", "10.0.1.0/16", "all", "fd00::/16", "10.0.0.0/29"],
      zones: [
        {},
        { "ap-northeast-1a": zones["ap-northeast-1a"] },
        withZone("us-east-1a", { private: "10.0.3.0/24", public: "10.0.103.0/24" }),
        withZone("ap-northeast-1", { private: "10.0.3.0/24", public: "10.0.103.0/24" }),
        withZone("xap-northeast-1d", { private: "10.0.3.0/24", public: "10.0.103.0/24" }),
        inZoneA({ private: "10.0.1.0/24", public: "10.0.1.0/24" }),
        inZoneA({ private: "10.0.2.0/24", public: "10.0.101.0/24" }),
        inZoneA({ private: "10.0.0.0/22", public: "10.0.101.0/24" }),
        inZoneA({ private: "10.0.1.0/24", public: "10.0.100.0/22" }),
        inZoneA({ private: "10.1.1.0/24", public: "10.0.101.0/24" }),
        inZoneA({ private: "10.0.1.0/29", public: "10.0.101.0/24" }),
        inZoneA({ private: "10.0.1.0/24", public: "10.0.101.0/28" }),
        inZoneA({ private: "10.0.1.4/24", public: "10.0.101.0/24" }),
        inZoneA({ private: "10.0.300.0/24", public: "10.0.101.0/24" }),
        inZoneA({ private: "private", public: "10.0.101.0/24" }),
      ],
      interface_endpoints: [["s3"], ["com.amazonaws.ap-northeast-1.logs"], ["ECR.api"], [""]],
      flow_logs: [
        { destination: "kinesis" },
        { destination: "s3" },
        { destination: "s3", bucket_arn: "rainbow-seeker-logs" },
        { destination: "s3", bucket_arn: `${arn.bucket}/vpc` },
        { destination: "cloudwatch", retention_days: 31 },
      ],
      public_ingress: ["vpn", "Internet"],
      ports: [{ api: 0 }, { ml: 65_536 }, { cache: 6379.5 }],
      parts: [["web"], ["ml", "postgres"]],
    },
    accepted: {
      name: namesTaken,
      suffix: suffixesTaken,
      zones: [
        inZoneA({ private: "10.0.128.0/17", public: "10.0.127.224/27" }),
        inZoneA({ private: "10.0.3.240/28", public: "10.0.101.0/24" }),
        withZone("ap-northeast-1d", { private: "10.0.3.0/24", public: "10.0.103.0/24" }),
      ],
      parts: [[], ["ml"]],
      interface_endpoints: [[], ["ecr.api", "ecr.dkr", "logs", "ssm", "secretsmanager", "s3express"]],
      flow_logs: [
        null,
        { destination: "s3", bucket_arn: arn.bucket },
        ...retention.map((retention_days) => ({ destination: "cloudwatch", retention_days })),
      ],
      public_ingress: ["internet", "cloudfront"],
      ports: [{ api: 1, ml: 65_535 }],
    },
    passedOn: [],
  },

  "modules/load-balancer": {
    good: loadBalancer,
    refused: {
      name: [...longNames, "internal-alb"],
      subnet_ids: [[], ["subnet-1"]],
      target: [
        ...longNames.map((name) => target({ name })),
        target({ port: 0 }),
        target({ port: 65_536 }),
        target({ port: 3000.5 }),
        target({ health_check_path: "health" }),
        target({ health_check_path: "/hea lth" }),
      ],
      certificate: [
        { arn: arn.certificate("us-east-1") },
        { arn: "arn:aws:iam::123456789012:server-certificate/rainbow" },
        { arn: "" },
      ],
      web_acl: [{ arn: arn.globalAcl }, { arn: arn.regionalAcl("us-east-1") }, { arn: "rainbow-seeker" }],
      maintenance: [
        { body: "" },
        { body: " \n" },
        { body: "a".repeat(1027) },
        { body: "虹".repeat(343) },
        { body: "soon", content_type: "text/markdown" },
        { body: "soon", content_type: "TEXT/HTML" },
      ],
    },
    accepted: {
      maintenance: [
        { body: "a".repeat(1024) },
        { body: "虹".repeat(341), content_type: "text/plain" },
        { body: "{}", content_type: "application/json" },
      ],
      name: ["a", "a".repeat(32), "internalalb"],
      subnet_ids: [["subnet-1", "subnet-2", "subnet-3"]],
      target: [target({ port: 1 }), target({ port: 65_535 }), target({ name: "a".repeat(32), health_check_path: "/" })],
      certificate: [{ arn: arn.certificate("ap-northeast-1") }],
      web_acl: [{ arn: arn.regionalAcl("ap-northeast-1") }],
    },
    passedOn: ["domain", "vpc_id", "security_group_id", "log_bucket"],
    together: {
      refused: [
        {
          variable: "certificate",
          inputs: { ...loadBalancer, domain, certificate: { arn: arn.certificate("ap-northeast-1") } },
        },
      ],
      accepted: [{ variable: "domain", inputs: { ...loadBalancer, domain } }],
    },
  },

  "modules/certificate": {
    good: { domain: "rainbow.example.com", zone_id: "Z0123456789ABCDEFGHIJ" },
    refused: { domain: [...domains, `a${longest}`], zone_id: ["/hostedzone/Z0123456789ABCDEFGHIJ", "example.com", ""] },
    accepted: { domain: [longest, "example.jp"], zone_id: ["Z1"] },
    passedOn: [],
  },

  "modules/cdn": {
    good: {
      name: "rainbow-seeker",
      assets_domain_name: "rainbow-seeker-assets.s3.ap-northeast-1.amazonaws.com",
      api: { domain_name: "rainbow-seeker-alb-1.ap-northeast-1.elb.amazonaws.com" },
    },
    refused: {
      name: ["rainbow seeker", "", "a".repeat(46)],
      assets_domain_name: ["rainbow-seeker-assets", "arn:aws:s3:::rainbow-seeker-assets"],
      assets_path: ["assets/*", "/*", "/", "/assets/ä"],
      api: [{ domain_name: "https://example.com" }, { domain_name: "example.com/api" }, { domain_name: "" }],
      domain: [
        cdnDomain({ certificate_arn: arn.certificate("ap-northeast-1") }),
        cdnDomain({ certificate_arn: "none" }),
        ...domains.map((name) => cdnDomain({ name })),
      ],
      price_class: ["PriceClass_300", "200"],
      web_acl_arn: [arn.regionalAcl("us-east-1"), arn.globalAcl.replace("us-east-1", "ap-northeast-1"), ""],
    },
    accepted: {
      name: ["a".repeat(45)],
      assets_path: ["/static/*.css"],
      domain: [cdnDomain({}), cdnDomain({ record: { zone_id: "Z1" } })],
      price_class: ["PriceClass_100", "PriceClass_All"],
      web_acl_arn: [arn.globalAcl],
    },
    passedOn: [],
  },

  "modules/cdn-logs": {
    good: { name: "rainbow-seeker", distribution_arn: arn.distribution, bucket_arn: arn.bucket },
    refused: {
      name: ["rainbow seeker", "", "a".repeat(61)],
      distribution_arn: ["EDFDVBD632BHDS", `${arn.distribution}/`],
      bucket_arn: ["rainbow-seeker-logs", `${arn.bucket}/cdn`],
    },
    accepted: { name: ["a".repeat(60)] },
    passedOn: [],
  },

  "modules/web-acl": {
    good: { name: "rainbow-seeker", scope: "REGIONAL" },
    refused: {
      name: ["rainbow seeker", "", "a".repeat(129)],
      scope: ["regional", "GLOBAL"],
      rate_limit: [9, 2_000_000_001, 10.5],
    },
    accepted: { name: ["a".repeat(128)], scope: ["CLOUDFRONT"], rate_limit: [10, 2_000_000_000] },
    passedOn: [],
  },

  "modules/log-bucket": {
    good: { name: "rainbow-seeker-logs" },
    refused: {
      name: ["Rainbow-Seeker-logs", "ab", "a".repeat(64), "rainbow.logs", "-logs", "logs-"],
      retention_days: [0, 1.5, -90],
    },
    accepted: { name: ["abc", "a".repeat(63)], retention_days: [1, 3650] },
    passedOn: [],
  },

  "modules/storage": {
    good: { name: "rainbow-seeker" },
    refused: {
      name: names,
      suffix: suffixes,
      bucket_suffix: ["-YourCompany", "-company-", ".company", "_company", "company"],
      backups_lock_days: [0, -1, 7.5, 36_501],
      log_bucket: ["rainbow-seeker-backups", "rainbow-seeker-uploads", "rainbow-seeker-assets"],
    },
    accepted: {
      name: namesTaken,
      suffix: suffixesTaken,
      bucket_suffix: ["", "-yourcompany", "-your-company-1"],
      backups_lock_days: [null, 1, 36_500],
      log_bucket: [null, "rainbow-seeker-logs"],
    },
    passedOn: ["cdn"],
  },

  "modules/registry": {
    good: { name: "rainbow-seeker-api" },
    refused: {
      name: ["Rainbow-Seeker-api", "a", "a".repeat(257), "api-", "/api", "a--b", "team//api"],
      images_kept: [9, 0, 10.5],
    },
    accepted: { name: ["ab", "a".repeat(256), "team/api", "team.a_b-c/api"], images_kept: [10, 1000] },
    passedOn: [],
  },
};
