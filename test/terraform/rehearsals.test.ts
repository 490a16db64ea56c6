import { beforeAll, describe, expect, test } from "vitest";
import { rehearsalsOf, type Rehearsal } from "./rehearsals.ts";

describe("a database that exists", () => {
  const instance = "aws_db_instance.this";
  let rehearsals: Record<string, Rehearsal>;
  beforeAll(async () => {
    rehearsals = await rehearsalsOf("database");
  });

  test("is left alone by a second plan", () => {
    expect(rehearsals["nothing"]).toEqual({ touched: [], unknown: [] });
  });

  test("changes its size without anything else", () => {
    expect(rehearsals["a_larger_instance"]).toEqual({ touched: [instance], unknown: [] });
  });

  test("can have RDS manage its password: what uses the secret waits for the apply", () => {
    expect(rehearsals["a_password_that_rds_manages"]).toEqual({
      touched: [instance, "aws_secretsmanager_secret.master[0]", "aws_secretsmanager_secret_version.master[0]"],
      unknown: ["output.master_secret_arn"],
    });
  });

  test("gets another password, and its secret with it", () => {
    expect(rehearsals["another_password"]?.touched).toEqual([instance, "aws_secretsmanager_secret_version.master[0]"]);
  });

  test("is upgraded together with its parameter group, if that is allowed", () => {
    expect(rehearsals["the_next_major_version"]?.touched).toEqual([instance, "aws_db_parameter_group.this"]);
    // terraform test fails if these are not refused.
    expect(rehearsals).toHaveProperty("the_next_major_version_by_mistake");
    expect(rehearsals).toHaveProperty("the_previous_major_version");
  });

  test("has another final snapshot than the one that it replaces", () => {
    expect(rehearsals["another_database_name"]).toEqual({
      touched: [instance, "terraform_data.created"],
      unknown: [
        `${instance}.final_snapshot_identifier`,
        "terraform_data.created.id",
        "terraform_data.created.input",
        "terraform_data.created.output",
      ],
    });
  });

  test("gets Enhanced Monitoring with a role of its own", () => {
    expect(rehearsals["enhanced_monitoring"]?.touched).toEqual([
      instance,
      "aws_iam_role.monitoring[0]",
      "aws_iam_role_policy_attachment.monitoring[0]",
    ]);
  });
});
