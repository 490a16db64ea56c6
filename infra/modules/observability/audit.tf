# The audit trail: who deployed, rolled back, backed up or ran a step of an emergency, when, why and with which outcome.
# The action audit-record writes it; docs/audit-trail.md describes it.

resource "aws_cloudwatch_log_group" "audit" {
  #checkov:skip=CKV_AWS_158: CloudWatch Logs encrypts every group; with a key of our own, whoever may read the logs could still read them.
  name              = "/audit/${var.name}${var.suffix}"
  retention_in_days = var.audit_retention_days

  # The records outlive what they are about.
  skip_destroy = var.keep_audit_trail
}
