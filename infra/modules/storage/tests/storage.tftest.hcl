# The buckets of the design document, and the bucket for their access logs.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name = "rainbow-seeker"
}

run "production" {
  variables {
    bucket_suffix     = "-acme"
    backups_lock_days = 7
    log_bucket        = "rainbow-seeker-logs-acme"
    cdn               = { distribution_arn = "arn:aws:cloudfront::123456789012:distribution/EDFDVBD632BHDS" }
  }

  assert {
    condition     = jsonencode({ for kind, bucket in aws_s3_bucket.this : kind => [bucket.bucket, bucket.tags["Name"], bucket.force_destroy] }) == jsonencode({ for kind in ["assets", "backups", "uploads"] : kind => ["rainbow-seeker-${kind}-acme", "rainbow-seeker-${kind}-acme", false] })
    error_message = "The buckets are rainbow-seeker-uploads, -assets and -backups with the suffix, and are not deleted with their objects."
  }

  assert {
    condition     = alltrue([for kind, block in aws_s3_bucket_public_access_block.this : block.bucket == aws_s3_bucket.this[kind].id && block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets]) && length(aws_s3_bucket_public_access_block.this) == 3
    error_message = "No bucket is public."
  }

  assert {
    condition     = jsonencode({ for kind, one in aws_s3_bucket_ownership_controls.this : kind => [one.bucket, one.rule[0].object_ownership] }) == jsonencode({ for kind, bucket in aws_s3_bucket.this : kind => [bucket.id, "BucketOwnerEnforced"] })
    error_message = "The account owns every object."
  }

  assert {
    condition     = jsonencode({ for kind, one in aws_s3_bucket_versioning.this : kind => [one.bucket, one.versioning_configuration[0].status] }) == jsonencode({ for kind, bucket in aws_s3_bucket.this : kind => [bucket.id, "Enabled"] })
    error_message = "Every bucket keeps versions."
  }

  assert {
    condition     = jsonencode({ for kind, one in aws_s3_bucket_server_side_encryption_configuration.this : kind => [for rule in one.rule : [one.bucket, rule.bucket_key_enabled, rule.apply_server_side_encryption_by_default[0].sse_algorithm]] }) == jsonencode({ assets = [[aws_s3_bucket.this["assets"].id, false, "AES256"]], backups = [[aws_s3_bucket.this["backups"].id, true, "aws:kms"]], uploads = [[aws_s3_bucket.this["uploads"].id, true, "aws:kms"]] })
    error_message = "Uploads and backups have KMS, assets what CloudFront can read."
  }

  assert {
    condition     = jsonencode({ for kind, one in aws_s3_bucket_lifecycle_configuration.this : kind => [for rule in one.rule : [one.bucket, rule.id, rule.status, rule.abort_incomplete_multipart_upload[0].days_after_initiation, rule.noncurrent_version_expiration[0].noncurrent_days]] }) == jsonencode({ for kind, bucket in aws_s3_bucket.this : kind => [[bucket.id, "abort-incomplete-uploads", "Enabled", 2, 30]] })
    error_message = "Interrupted uploads go after two days, old versions after thirty."
  }

  assert {
    condition     = jsonencode([for one in aws_s3_bucket_object_lock_configuration.backups : [one.bucket, one.rule[0].default_retention[0].mode, one.rule[0].default_retention[0].days]]) == jsonencode([[aws_s3_bucket.this["backups"].id, "GOVERNANCE", 7]])
    error_message = "Backups are locked for seven days."
  }

  assert {
    condition     = jsonencode({ for kind, one in aws_s3_bucket_logging.this : kind => [one.bucket, one.target_bucket, one.target_prefix, one.target_object_key_format[0].partitioned_prefix[0].partition_date_source] }) == jsonencode({ for kind, bucket in aws_s3_bucket.this : kind => [bucket.id, "rainbow-seeker-logs-acme", "s3/${bucket.id}/", "EventTime"] })
    error_message = "Requests are recorded in the log bucket, each bucket's by day under its own name."
  }

  assert {
    condition = jsonencode({ for kind, document in data.aws_iam_policy_document.this : kind => [for one in document.statement : [one.sid, coalesce(one.effect, "Allow"), one.actions, one.resources, [for who in one.principals : [who.type, who.identifiers]], [for only in one.condition : [only.test, only.variable, only.values]]]] }) == jsonencode({
      for kind, bucket in aws_s3_bucket.this : kind => concat(
        [["RefuseWithoutTls", "Deny", ["s3:*"], sort([bucket.arn, "${bucket.arn}/*"]), [["*", ["*"]]], [["Bool", "aws:SecureTransport", ["false"]]]]],
        kind == "assets" ? [["ReadByCloudFront", "Allow", ["s3:GetObject"], ["${bucket.arn}/*"], [["Service", ["cloudfront.amazonaws.com"]]], [["StringEquals", "aws:SourceArn", ["arn:aws:cloudfront::123456789012:distribution/EDFDVBD632BHDS"]]]]] : [],
      )
    })
    error_message = "Nobody gets in without TLS; the distribution reads assets, and nothing else."
  }

  assert {
    condition     = jsonencode({ for kind, one in aws_s3_bucket_policy.this : kind => [one.bucket, one.policy] }) == jsonencode({ for kind, bucket in aws_s3_bucket.this : kind => [bucket.id, data.aws_iam_policy_document.this[kind].json] })
    error_message = "Each bucket has its policy."
  }

  assert {
    condition     = [output.uploads.name, output.uploads.arn, output.assets.name, output.assets.arn, output.assets.domain_name, output.backups.name, output.backups.arn] == [aws_s3_bucket.this["uploads"].bucket, aws_s3_bucket.this["uploads"].arn, aws_s3_bucket.this["assets"].bucket, aws_s3_bucket.this["assets"].arn, aws_s3_bucket.this["assets"].bucket_regional_domain_name, aws_s3_bucket.this["backups"].bucket, aws_s3_bucket.this["backups"].arn]
    error_message = "An output differs."
  }
}

run "an_environment_without_data_to_keep" {
  variables {
    suffix        = "-local"
    force_destroy = true
    tls_only      = false
  }

  assert {
    condition     = alltrue([for kind, bucket in aws_s3_bucket.this : bucket.force_destroy && bucket.bucket == "rainbow-seeker-${kind}-local"]) && length(aws_s3_bucket_policy.this) == 0 && length(aws_s3_bucket_object_lock_configuration.backups) == 0 && length(aws_s3_bucket_logging.this) == 0
    error_message = "Protection, lock, logs and TLS are choices."
  }
}

run "assets_without_tls" {
  variables {
    tls_only = false
    cdn      = { distribution_arn = "arn:aws:cloudfront::123456789012:distribution/EDFDVBD632BHDS" }
  }

  assert {
    condition     = keys(aws_s3_bucket_policy.this) == ["assets"] && [for one in data.aws_iam_policy_document.this["assets"].statement : one.sid] == ["ReadByCloudFront"]
    error_message = "Only the assets have a policy, CloudFront's."
  }
}

run "a_name_that_is_too_long" {
  command = plan

  variables {
    bucket_suffix = "-of-a-company-whose-name-does-not-fit-into-63-letters"
  }

  expect_failures = [aws_s3_bucket.this]
}

run "log_bucket" {
  module {
    source = "../log-bucket"
  }

  variables {
    name = "rainbow-seeker-logs"
  }

  assert {
    condition     = jsonencode([aws_s3_bucket.this.bucket, aws_s3_bucket.this.tags["Name"], aws_s3_bucket.this.force_destroy, output.name, output.arn]) == jsonencode(["rainbow-seeker-logs", "rainbow-seeker-logs", false, "rainbow-seeker-logs", aws_s3_bucket.this.arn])
    error_message = "The bucket has its name, and stays."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.this.bucket == aws_s3_bucket.this.id && aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.ignore_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    error_message = "It is not public."
  }

  assert {
    condition = jsonencode([
      aws_s3_bucket_ownership_controls.this.bucket, aws_s3_bucket_ownership_controls.this.rule[0].object_ownership,
      aws_s3_bucket_versioning.this.bucket, aws_s3_bucket_versioning.this.versioning_configuration[0].status,
      aws_s3_bucket_server_side_encryption_configuration.this.bucket, [for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule : rule.apply_server_side_encryption_by_default[0].sse_algorithm],
    ]) == jsonencode([aws_s3_bucket.this.id, "BucketOwnerEnforced", aws_s3_bucket.this.id, "Enabled", aws_s3_bucket.this.id, ["AES256"]])
    error_message = "Ownership, versions or encryption differ from what log deliveries need."
  }

  assert {
    condition     = jsonencode([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : [aws_s3_bucket_lifecycle_configuration.this.bucket, rule.id, rule.status, rule.expiration[0].days, rule.noncurrent_version_expiration[0].noncurrent_days, rule.abort_incomplete_multipart_upload[0].days_after_initiation]]) == jsonencode([[aws_s3_bucket.this.id, "expire", "Enabled", 90, 7, 2]])
    error_message = "Logs are kept for ninety days."
  }

  assert {
    condition = jsonencode({ for one in data.aws_iam_policy_document.this.statement : one.sid => [coalesce(one.effect, "Allow"), one.actions, one.resources, [for who in one.principals : [who.type, who.identifiers]], [for only in one.condition : [only.test, only.variable, only.values]]] }) == jsonencode({
      LoadBalancers      = ["Allow", ["s3:PutObject"], ["${aws_s3_bucket.this.arn}/alb/AWSLogs/123456789012/*"], [["Service", ["logdelivery.elasticloadbalancing.amazonaws.com"]]], []]
      Buckets            = ["Allow", ["s3:PutObject"], ["${aws_s3_bucket.this.arn}/s3/*"], [["Service", ["logging.s3.amazonaws.com"]]], [["StringEquals", "aws:SourceAccount", ["123456789012"]]]]
      FlowLogs           = ["Allow", ["s3:PutObject"], ["${aws_s3_bucket.this.arn}/vpc/*"], [["Service", ["delivery.logs.amazonaws.com"]]], [["StringEquals", "aws:SourceAccount", ["123456789012"]], ["StringEquals", "s3:x-amz-acl", ["bucket-owner-full-control"]]]]
      ContentDistributor = ["Allow", ["s3:PutObject"], ["${aws_s3_bucket.this.arn}/cdn/*"], [["Service", ["delivery.logs.amazonaws.com"]]], [["StringEquals", "aws:SourceAccount", ["123456789012"]], ["StringEquals", "s3:x-amz-acl", ["bucket-owner-full-control"]]]]
      LookBeforeDelivery = ["Allow", ["s3:GetBucketAcl", "s3:ListBucket"], [aws_s3_bucket.this.arn], [["Service", ["delivery.logs.amazonaws.com"]]], [["StringEquals", "aws:SourceAccount", ["123456789012"]]]]
      RefuseWithoutTls   = ["Deny", ["s3:*"], sort([aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]), [["*", ["*"]]], [["Bool", "aws:SecureTransport", ["false"]]]]
    })
    error_message = "Each service writes below its own folder, for this account, with TLS."
  }

  assert {
    condition     = aws_s3_bucket_policy.this.bucket == aws_s3_bucket.this.id && aws_s3_bucket_policy.this.policy == data.aws_iam_policy_document.this.json
    error_message = "The bucket has its policy."
  }
}
