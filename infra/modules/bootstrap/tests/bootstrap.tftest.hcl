# The bucket keeps every state, encrypted and private; the identity provider is GitHub's.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  bucket = "my-company-terraform-123456789012"
}

run "bucket_keeps_states" {
  command = plan

  assert {
    condition     = aws_s3_bucket.state.force_destroy == false
    error_message = "A bucket with states must not be deletable."
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "A damaged state is restored from its previous version."
  }

  assert {
    condition     = one([for rule in aws_s3_bucket_server_side_encryption_configuration.state.rule : rule.apply_server_side_encryption_by_default[0].sse_algorithm]) == "AES256"
    error_message = "Without a KMS key, S3 encrypts with its own keys."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "States are private."
  }

  assert {
    condition     = one(aws_s3_bucket_ownership_controls.state.rule).object_ownership == "BucketOwnerEnforced"
    error_message = "ACLs have no effect."
  }

  assert {
    condition = (
      one(one(aws_s3_bucket_lifecycle_configuration.state.rule).noncurrent_version_expiration).noncurrent_days == 90 &&
      one(one(aws_s3_bucket_lifecycle_configuration.state.rule).noncurrent_version_expiration).newer_noncurrent_versions == 20 &&
      one(aws_s3_bucket_lifecycle_configuration.state.rule).status == "Enabled" &&
      one(one(aws_s3_bucket_lifecycle_configuration.state.rule).expiration).expired_object_delete_marker &&
      one(one(aws_s3_bucket_lifecycle_configuration.state.rule).abort_incomplete_multipart_upload).days_after_initiation == 2
    )
    error_message = "Replaced versions stay for 90 days, and the newest 20 for good."
  }

  assert {
    condition     = length(one(aws_s3_bucket_lifecycle_configuration.state.rule).filter) == 1 && one(aws_s3_bucket_lifecycle_configuration.state.rule).id == "expire-old-versions"
    error_message = "The rule is for every object."
  }
}

# Applied, as the bucket has no identifier before.
run "everything_is_about_the_bucket" {
  assert {
    condition     = [aws_s3_bucket.state.bucket, aws_s3_bucket.state.tags["Name"], output.bucket] == ["my-company-terraform-123456789012", "my-company-terraform-123456789012", "my-company-terraform-123456789012"]
    error_message = "The bucket has the name that was asked for."
  }

  assert {
    condition = alltrue([for bucket in [
      aws_s3_bucket_public_access_block.state.bucket,
      aws_s3_bucket_ownership_controls.state.bucket,
      aws_s3_bucket_versioning.state.bucket,
      aws_s3_bucket_server_side_encryption_configuration.state.bucket,
      aws_s3_bucket_lifecycle_configuration.state.bucket,
      aws_s3_bucket_policy.tls_only[0].bucket,
    ] : bucket == aws_s3_bucket.state.id])
    error_message = "Each setting is one of the bucket."
  }

  assert {
    condition = jsonencode([for statement in data.aws_iam_policy_document.tls_only.statement : [
      statement.effect, statement.actions, statement.resources,
      [for who in statement.principals : [who.type, who.identifiers]],
      [for condition in statement.condition : [condition.test, condition.variable, condition.values]],
      ]]) == jsonencode([[
      "Deny", ["s3:*"], sort([aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]), [["*", ["*"]]],
      [["Bool", "aws:SecureTransport", ["false"]]],
    ]])
    error_message = "Whoever does not use TLS is refused everything."
  }

  assert {
    condition     = [for one in aws_s3_bucket_policy.tls_only : one.policy] == [data.aws_iam_policy_document.tls_only.json]
    error_message = "The bucket has another policy."
  }

  assert {
    condition     = one([for rule in aws_s3_bucket_server_side_encryption_configuration.state.rule : rule.bucket_key_enabled]) == false
    error_message = "A bucket key is for KMS."
  }
}

run "plain_http_where_there_is_no_tls" {
  command = plan

  variables {
    tls_only = false
  }

  assert {
    condition     = length(aws_s3_bucket_policy.tls_only) == 0
    error_message = "The local AWS has no TLS."
  }
}

run "provider_is_githubs" {
  command = plan

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].url == "https://token.actions.githubusercontent.com"
    error_message = "The issuer is GitHub's."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "The audience is that of aws-actions/configure-aws-credentials."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].tags["Name"] == "github-actions"
    error_message = "The provider's name differs."
  }
}

run "without_github" {
  command = plan

  variables {
    github = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.github_provider_arn == null
    error_message = "No identity provider is created."
  }
}

run "own_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }

  assert {
    condition = (
      one([for rule in aws_s3_bucket_server_side_encryption_configuration.state.rule : rule.apply_server_side_encryption_by_default[0].sse_algorithm]) == "aws:kms" &&
      one([for rule in aws_s3_bucket_server_side_encryption_configuration.state.rule : rule.apply_server_side_encryption_by_default[0].kms_master_key_id]) == "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab" &&
      one([for rule in aws_s3_bucket_server_side_encryption_configuration.state.rule : rule.bucket_key_enabled])
    )
    error_message = "States are encrypted with the given key."
  }
}

run "leaving" {
  command = plan

  variables {
    protected = false
  }

  assert {
    condition     = aws_s3_bucket.state.force_destroy
    error_message = "To leave the account, the bucket is deleted with its contents."
  }
}

run "refuses_what_aws_refuses" {
  command = plan

  variables {
    bucket        = "My.Company"
    kms_key_arn   = "alias/terraform"
    version_days  = 0
    versions_kept = 101
  }

  expect_failures = [var.bucket, var.kms_key_arn, var.version_days, var.versions_kept]
}

run "refuses_none" {
  command = plan

  variables {
    versions_kept = 0
  }

  expect_failures = [var.versions_kept]
}

run "refuses_parts" {
  command = plan

  variables {
    version_days  = 1.5
    versions_kept = 1.5
  }

  expect_failures = [var.version_days, var.versions_kept]
}

run "takes_the_least" {
  command = plan

  variables {
    version_days  = 1
    versions_kept = 1
  }
}

run "takes_the_most" {
  command = plan

  variables {
    versions_kept = 100
  }
}
