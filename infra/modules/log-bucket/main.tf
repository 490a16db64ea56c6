# A bucket for access logs: of load balancers (alb/), buckets (s3/), CloudFront (cdn/) and of the VPC's flow logs (vpc/).

data "aws_caller_identity" "current" {}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18: it holds the access logs; logging its own requests would log itself.
  #checkov:skip=CKV_AWS_144: logs that expire are not worth a copy in another region.
  #checkov:skip=CKV_AWS_145: load balancers and S3 deliver to buckets with SSE-S3 only.
  #checkov:skip=CKV2_AWS_62: nothing reacts to new log files.
  bucket        = var.name
  force_destroy = var.force_destroy
  tags          = { Name = var.name }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# SSE-S3 is the only encryption that load balancers and S3 itself can deliver to.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# Whoever covers their tracks by overwriting a log leaves the version before it.
resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.retention_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

locals {
  account = data.aws_caller_identity.current.account_id

  # Load balancers: the service principal, which AWS recommends in all regions over the old account IDs (582318560864 in
  # ap-northeast-1). https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
  # S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
  # Flow logs: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
  # CloudFront: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
  writers = {
    LoadBalancers      = { service = "logdelivery.elasticloadbalancing.amazonaws.com", path = "alb/AWSLogs/${local.account}/*" }
    Buckets            = { service = "logging.s3.amazonaws.com", path = "s3/*", account = true }
    FlowLogs           = { service = "delivery.logs.amazonaws.com", path = "vpc/*", account = true, acl = true }
    ContentDistributor = { service = "delivery.logs.amazonaws.com", path = "cdn/*", account = true, acl = true }
  }
}

data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = local.writers

    content {
      sid       = statement.key
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.this.arn}/${statement.value.path}"]

      principals {
        type        = "Service"
        identifiers = [statement.value.service]
      }

      # Without it, a service would also deliver the logs of other accounts here.
      dynamic "condition" {
        for_each = try(statement.value.account, false) ? [true] : []

        content {
          test     = "StringEquals"
          variable = "aws:SourceAccount"
          values   = [local.account]
        }
      }

      dynamic "condition" {
        for_each = try(statement.value.acl, false) ? [true] : []

        content {
          test     = "StringEquals"
          variable = "s3:x-amz-acl"
          values   = ["bucket-owner-full-control"]
        }
      }
    }
  }

  # Flow logs and CloudFront look whether they may write before they begin.
  statement {
    sid       = "LookBeforeDelivery"
    actions   = ["s3:GetBucketAcl", "s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]

    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }

  statement {
    sid       = "RefuseWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.this.json

  # Two changes of a new bucket's access at the same time make S3 refuse one of them.
  depends_on = [aws_s3_bucket_public_access_block.this]
}
