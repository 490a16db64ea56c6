# The bucket of logs: who may write what to it, how long it keeps it, and that nobody else reads it.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name = "rainbow-seeker-logs"
}

run "writers" {
  assert {
    condition = jsonencode({ for statement in data.aws_iam_policy_document.this.statement : statement.sid => [
      statement.effect, statement.actions, [for resource in statement.resources : trimprefix(resource, aws_s3_bucket.this.arn)],
      [for who in statement.principals : [who.type, who.identifiers]],
      { for condition in statement.condition : condition.variable => [condition.test, condition.values] },
      ] }) == jsonencode({
      Buckets = [
        null, ["s3:PutObject"], ["/s3/*"], [["Service", ["logging.s3.amazonaws.com"]]],
        { "aws:SourceAccount" = ["StringEquals", ["123456789012"]] },
      ]
      ContentDistributor = [
        null, ["s3:PutObject"], ["/cdn/*"], [["Service", ["delivery.logs.amazonaws.com"]]],
        { "aws:SourceAccount" = ["StringEquals", ["123456789012"]], "s3:x-amz-acl" = ["StringEquals", ["bucket-owner-full-control"]] },
      ]
      FlowLogs = [
        null, ["s3:PutObject"], ["/vpc/*"], [["Service", ["delivery.logs.amazonaws.com"]]],
        { "aws:SourceAccount" = ["StringEquals", ["123456789012"]], "s3:x-amz-acl" = ["StringEquals", ["bucket-owner-full-control"]] },
      ]
      LoadBalancers = [
        null, ["s3:PutObject"], ["/alb/AWSLogs/123456789012/*"], [["Service", ["logdelivery.elasticloadbalancing.amazonaws.com"]]], {},
      ]
      LookBeforeDelivery = [
        null, ["s3:GetBucketAcl", "s3:ListBucket"], [""], [["Service", ["delivery.logs.amazonaws.com"]]],
        { "aws:SourceAccount" = ["StringEquals", ["123456789012"]] },
      ]
      RefuseWithoutTls = [
        "Deny", ["s3:*"], ["", "/*"], [["*", ["*"]]], { "aws:SecureTransport" = ["Bool", ["false"]] },
      ]
    })
    error_message = "Four services write below a prefix of their own, and nobody without TLS."
  }

  assert {
    condition     = aws_s3_bucket_policy.this.policy == data.aws_iam_policy_document.this.json
    error_message = "The bucket has another policy."
  }
}

run "settings" {
  assert {
    condition = alltrue([for bucket in [
      aws_s3_bucket_public_access_block.this.bucket, aws_s3_bucket_ownership_controls.this.bucket,
      aws_s3_bucket_server_side_encryption_configuration.this.bucket, aws_s3_bucket_versioning.this.bucket,
      aws_s3_bucket_lifecycle_configuration.this.bucket, aws_s3_bucket_policy.this.bucket,
    ] : bucket == aws_s3_bucket.this.id])
    error_message = "Each setting is one of the bucket."
  }

  assert {
    condition     = [aws_s3_bucket.this.bucket, aws_s3_bucket.this.tags["Name"], output.name, output.arn] == ["rainbow-seeker-logs", "rainbow-seeker-logs", "rainbow-seeker-logs", aws_s3_bucket.this.arn] && aws_s3_bucket.this.force_destroy == false
    error_message = "The name differs, or the bucket can be deleted with what it has."
  }

  assert {
    condition     = alltrue([aws_s3_bucket_public_access_block.this.block_public_acls, aws_s3_bucket_public_access_block.this.block_public_policy, aws_s3_bucket_public_access_block.this.ignore_public_acls, aws_s3_bucket_public_access_block.this.restrict_public_buckets])
    error_message = "Logs are private."
  }

  # Load balancers cannot write to a bucket that is encrypted with a key of one's own.
  assert {
    condition     = [for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule : rule.apply_server_side_encryption_by_default[0].sse_algorithm] == ["AES256"] && [for rule in aws_s3_bucket_ownership_controls.this.rule : rule.object_ownership] == ["BucketOwnerEnforced"] && aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Encryption, ownership or versioning differs."
  }

  assert {
    condition = jsonencode([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : [
      rule.id, rule.status, length(rule.filter), [for one in rule.expiration : one.days],
      [for one in rule.noncurrent_version_expiration : one.noncurrent_days],
      [for one in rule.abort_incomplete_multipart_upload : one.days_after_initiation],
    ]]) == jsonencode([["expire", "Enabled", 1, [90], [7], [2]]])
    error_message = "Logs are kept for 90 days."
  }
}

run "chosen" {
  variables {
    retention_days = 400
    force_destroy  = true
  }

  assert {
    condition     = aws_s3_bucket.this.force_destroy && one(one(aws_s3_bucket_lifecycle_configuration.this.rule).expiration).days == 400
    error_message = "The variables have no effect."
  }
}

run "nothing_chosen" {
  variables {
    retention_days = null
    force_destroy  = null
  }

  assert {
    condition     = aws_s3_bucket.this.force_destroy == false && one(one(aws_s3_bucket_lifecycle_configuration.this.rule).expiration).days == 90
    error_message = "null is the default."
  }
}
