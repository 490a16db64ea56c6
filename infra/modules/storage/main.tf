# Three buckets: user uploads, static assets and database backups.

locals {
  buckets = { for kind in ["uploads", "assets", "backups"] : kind => "${var.name}-${kind}${var.suffix}${var.bucket_suffix}" }
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18: logged below wherever the environment has a log bucket; checkov does not follow for_each.
  #checkov:skip=CKV_AWS_144: the system is in one region; who needs backups in another copies them there (actions/db-backup).
  #checkov:skip=CKV_AWS_145: uploads and backups have aws:kms; assets are public by purpose, and CloudFront cannot use the key aws/s3 (docs/decisions/0014-network-and-edge.md).
  #checkov:skip=CKV2_AWS_62: nothing reacts to new objects.
  for_each      = local.buckets
  bucket        = each.value
  force_destroy = var.force_destroy
  tags          = { Name = each.value }

  lifecycle {
    precondition {
      condition     = length(each.value) <= 63
      error_message = "storage: the bucket name ${each.value} is longer than the 63 characters that S3 allows. Shorten name or bucket_suffix."
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = aws_s3_bucket.this
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Whoever writes an object, the bucket's account owns it, and ACLs count for nothing.
resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

# Uploads and backups: the key aws/s3, whose policy lets whoever may use the bucket use it: no role needs permissions for
# KMS. With another key, backups need those of actions/db-backup/iam-policy.json. Assets: CloudFront could use only a
# key of our own, for a dollar a month, to encrypt what everybody may read.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  rule {
    bucket_key_enabled = each.key != "assets"

    apply_server_side_encryption_by_default {
      sse_algorithm = each.key == "assets" ? "AES256" : "aws:kms"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  # An interrupted multipart upload leaves invisible parts behind, which are billed. What is deleted or overwritten can be
  # brought back for a month. Object Lock comes before: S3 does not expire a version that is locked.
  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

# For as many days, nobody deletes or overwrites the version of a backup, except with s3:BypassGovernanceRetention, which
# no role here has. What prunes deletes without naming a version, which S3 always takes: the version stays.
# S3 has allowed this for existing buckets since November 2023, so that no bucket has to be replaced for it.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
resource "aws_s3_bucket_object_lock_configuration" "backups" {
  count  = var.backups_lock_days == null ? 0 : 1
  bucket = aws_s3_bucket.this["backups"].id

  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.backups_lock_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "this" {
  for_each      = { for kind, bucket in aws_s3_bucket.this : kind => bucket if var.log_bucket != null }
  bucket        = each.value.id
  target_bucket = var.log_bucket
  target_prefix = "s3/${each.value.id}/"

  # Files by the day of the request, so that a query reads a day and not everything.
  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
  }
}
