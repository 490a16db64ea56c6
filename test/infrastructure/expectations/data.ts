// Database, cache, buckets and registries.
import assert from "node:assert/strict";
import type { Resource, System } from "../system.ts";
import { sorted, type Expectation } from "./expectation.ts";
import { groupId, subnetIds } from "./network.ts";
import { sizes } from "./sizes.ts";

const buckets = ["uploads", "backups"];

const bucket = (system: System, name: string): Resource["values"] =>
  system.one("aws_s3_bucket", (values) => values["bucket"] === `rainbow-seeker-${name}${system.suffix}-acme`);

/** The only resource of a type that is about a bucket. */
const ofBucket = (system: System, name: string, type: string): Resource["values"] =>
  system.one(type, (values) => [bucket(system, name)["id"], bucket(system, name)["bucket"]].includes(values["bucket"]));

export const dataExpectations: Expectation[] = [
  {
    name: "the database is the design document's",
    check: (system) => {
      const database = system.named("aws_db_instance", "rainbow-seeker-db", "identifier");
      const expected = sizes[system.environment].database;
      assert.equal(database["instance_class"], expected.class);
      assert.equal(database["multi_az"], expected.multiAz);
      assert.equal(database["engine"], "postgres");
      assert.equal(String(database["engine_version"]).split(".")[0], "17");
      assert.deepEqual([database["allocated_storage"], database["max_allocated_storage"]], [20, 100]);
      assert.equal(database["storage_type"], "gp3");
      assert.deepEqual([database["db_name"], database["username"]], ["shiojiri_rainbow", "postgres"]);
      assert.equal(database["backup_retention_period"], 7);
    },
  },
  {
    name: "the database works at night in Japan: 03:00 its backup, Sunday 04:00 its maintenance",
    check: (system) => {
      const database = system.one("aws_db_instance");
      assert.equal(database["backup_window"], "18:00-19:00");
      assert.equal(database["maintenance_window"], "sat:19:00-sat:20:00");
    },
  },
  {
    name: "the database is encrypted, without a public address, in private subnets, behind its own group",
    check: (system) => {
      const database = system.one("aws_db_instance");
      assert.equal(database["storage_encrypted"], true);
      assert.equal(database["publicly_accessible"], false);
      assert.equal(database["manage_master_user_password"], true);
      const subnets = system.one("aws_db_subnet_group", ({ name }) => name === database["db_subnet_group_name"]);
      assert.deepEqual(sorted(subnets["subnet_ids"] as string[]), subnetIds(system, "private"));
      assert.deepEqual(database["vpc_security_group_ids"], [groupId(system, "rds")]);
    },
  },
  {
    name: "the database refuses connections without TLS",
    check: (system) => {
      const database = system.one("aws_db_instance");
      const group = system.one("aws_db_parameter_group", ({ name }) => name === database["parameter_group_name"]);
      const parameters = group["parameter"] as { name: string; value: string }[];
      assert.equal(parameters.find(({ name }) => name === "rds.force_ssl")?.value, "1");
      assert.equal(group["family"], "postgres17");
    },
  },
  {
    name: "what holds data cannot be deleted by mistake in production",
    check: (system) => {
      const { isProtected } = sizes[system.environment];
      const database = system.one("aws_db_instance");
      assert.equal(database["deletion_protection"], isProtected);
      assert.equal(database["skip_final_snapshot"], !isProtected);
      for (const name of buckets) assert.equal(bucket(system, name)["force_destroy"], !isProtected);
      for (const { values } of system.all("aws_ecr_repository")) assert.equal(values["force_delete"], !isProtected);
      const balancer = system.named("aws_lb", "rainbow-seeker-alb");
      assert.equal(balancer["enable_deletion_protection"], isProtected);
    },
  },
  {
    name: "the cache has the nodes of the design document, and fails over where there are replicas",
    check: (system) => {
      const cache = system.named("aws_elasticache_replication_group", "rainbow-seeker-redis", "replication_group_id");
      const { node, shards, replicas } = sizes[system.environment].cache;
      assert.equal(cache["node_type"], node);
      assert.deepEqual([cache["num_node_groups"], cache["replicas_per_node_group"]], [shards, replicas]);
      assert.equal(cache["automatic_failover_enabled"], replicas > 0);
      assert.equal(cache["multi_az_enabled"], replicas > 0);
      assert.equal(cache["port"], 6379);
    },
  },
  {
    name: "the cache is encrypted, in private subnets, behind its own group",
    check: (system) => {
      const cache = system.one("aws_elasticache_replication_group");
      assert.equal(String(cache["transit_encryption_enabled"]), "true");
      assert.equal(String(cache["at_rest_encryption_enabled"]), "true");
      const subnets = system.one("aws_elasticache_subnet_group", ({ name }) => name === cache["subnet_group_name"]);
      assert.deepEqual(sorted(subnets["subnet_ids"] as string[]), subnetIds(system, "private"));
      assert.deepEqual(cache["security_group_ids"], [groupId(system, "redis")]);
    },
  },
  {
    name: "buckets are closed to the public, versioned and encrypted",
    check: (system) => {
      for (const name of buckets) {
        const block = ofBucket(system, name, "aws_s3_bucket_public_access_block");
        for (const setting of [
          "block_public_acls",
          "block_public_policy",
          "ignore_public_acls",
          "restrict_public_buckets",
        ])
          assert.equal(block[setting], true, `${setting} of ${name}`);
        const versioning = ofBucket(system, name, "aws_s3_bucket_versioning");
        assert.equal(versioning["versioning_configuration"][0]["status"], "Enabled");
        const [rule] = ofBucket(system, name, "aws_s3_bucket_server_side_encryption_configuration")[
          "rule"
        ] as Resource["values"][];
        assert.match(
          rule?.["apply_server_side_encryption_by_default"][0]["sse_algorithm"] as string,
          /^(aws:kms|AES256)$/,
        );
      }
    },
  },
  {
    name: "buckets refuse requests without TLS",
    check: (system) => {
      for (const name of buckets) {
        const statements = system.statementsOf(ofBucket(system, name, "aws_s3_bucket_policy")["policy"] as string);
        const { arn } = bucket(system, name);
        const refusal = statements.find(({ condition }) =>
          condition.some(({ test, variable }) => test === "Bool" && variable === "aws:SecureTransport"),
        );
        assert.equal(refusal?.effect, "Deny");
        assert.deepEqual(refusal?.actions, ["s3:*"]);
        assert.deepEqual(sorted(refusal?.resources ?? []), sorted([arn as string, `${arn}/*`]));
        assert.deepEqual(
          refusal?.principals.map(({ type, identifiers }) => [type, identifiers]),
          [["*", ["*"]]],
        );
        assert.deepEqual(
          refusal?.condition.map(({ values }) => values),
          [["false"]],
        );
      }
    },
  },
  {
    name: "an upload that was interrupted does not stay",
    check: (system) => {
      for (const name of buckets) {
        const rules = ofBucket(system, name, "aws_s3_bucket_lifecycle_configuration")["rule"] as Resource["values"][];
        const aborting = rules.find((rule) => (rule["abort_incomplete_multipart_upload"] as unknown[]).length > 0);
        assert.equal(aborting?.["status"], "Enabled");
        assert.ok((aborting?.["abort_incomplete_multipart_upload"][0]["days_after_initiation"] as number) <= 7);
      }
    },
  },
  {
    name: "images keep their tags, are scanned, encrypted, and enough of them kept",
    check: (system) => {
      for (const service of ["api", "ml", "backup"]) {
        const repository = system.named("aws_ecr_repository", `rainbow-seeker-${service}`);
        assert.equal(repository["image_tag_mutability"], "IMMUTABLE");
        assert.equal(repository["image_scanning_configuration"][0]["scan_on_push"], true);
        assert.equal(repository["encryption_configuration"][0]["encryption_type"], "KMS");
        const policy = system.one("aws_ecr_lifecycle_policy", (values) => values["repository"] === repository["name"]);
        const { rules } = JSON.parse(policy["policy"] as string) as {
          rules: { rulePriority: number; selection: Record<string, unknown>; action: { type: string } }[];
        };
        assert.deepEqual(
          rules.map(({ rulePriority, selection, action }) => ({ rulePriority, selection, action })),
          [
            {
              rulePriority: 1,
              selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 7 },
              action: { type: "expire" },
            },
            {
              rulePriority: 2,
              selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 100 },
              action: { type: "expire" },
            },
          ],
        );
      }
    },
  },
  {
    name: "secrets are SecureStrings under the environment's own path, and in no state",
    check: (system) => {
      const path = `/rainbow-seeker/${system.environment}`;
      const names = [
        "db-password",
        "backup-password",
        "jwt-secret",
        "redis-auth-token",
        "db-password-alternates",
        "jwt-secret-alternates",
        "redis-auth-token-alternates",
        "weather-api-key",
        "firebase-project-id",
        "firebase-service-account-key",
      ];
      for (const name of names) {
        const parameter = system.one("aws_ssm_parameter", (values) => values["name"] === `${path}/${name}`);
        assert.equal(parameter["type"], "SecureString");
        assert.equal(parameter["value_wo"], null);
        assert.ok((parameter["value_wo_version"] as number) >= 1);
      }
    },
  },
];
