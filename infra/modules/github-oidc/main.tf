# Access of GitHub jobs to the account: OpenID Connect, no stored keys. Separate roles to build and deploy and, where there
# are backups, to back up and prune, so that the role that writes backups cannot delete them; and, by choice, one for
# emergencies. Each role is for the jobs of its own reusable workflow in one repository, with least privilege: no other job
# of the repository can assume it.

locals {
  # GitHub sends one of two forms. Repositories that were created, renamed or transferred after 2026-07-15, or that have
  # opted in, send the immutable one, with the IDs of owner and repository; all others send names only:
  # https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
  repository_parts = split("/", var.repository)
  subject_prefixes = concat(
    ["repo:${var.repository}"],
    var.repository_id == null ? [] : ["repo:${local.repository_parts[0]}@${var.repository_owner_id}/${local.repository_parts[1]}@${var.repository_id}"],
  )

  # Where any branch may deploy, the pattern still names a branch: a tag or a pull request has another ref, and the
  # subject of a pull request or of a job in an environment does not contain a ref at all.
  branch_ref = "refs/heads/${var.branch}"
  deploy_ref = var.any_branch ? "refs/heads/*" : local.branch_ref

  # Jobs of workflows of one's own do everything in one: they build, deploy and roll back.
  single_job = length(var.own_workflows) > 0
  role_names = toset(concat(
    local.single_job ? [] : ["build"],
    ["deploy"],
    var.backup == null ? [] : ["backup", "prune"],
    var.emergency == null ? [] : ["emergency"],
  ))

  # `seconds` is how long a session may last: as long as the job of the workflow, which must not outlive its credentials.
  # Emergencies are of no GitHub environment: whoever has to approve its deployments may be asleep.
  all_roles = {
    build     = { context = "ref:${local.deploy_ref}", ref = local.deploy_ref, workflows = ["build.yml"], seconds = 3600 }
    deploy    = { context = "environment:${var.environment}", ref = local.deploy_ref, workflows = local.single_job ? sort(tolist(var.own_workflows)) : ["deploy-service.yml", "rollback-service.yml"], seconds = 7200 }
    backup    = { context = "ref:${local.branch_ref}", ref = local.branch_ref, workflows = ["backup-database.yml"], seconds = 21600 }
    prune     = { context = "ref:${local.branch_ref}", ref = local.branch_ref, workflows = ["prune-backups.yml"], seconds = 3600 }
    emergency = { context = "ref:${local.branch_ref}", ref = local.branch_ref, workflows = ["emergency-service.yml"], seconds = 3600 }
  }
  roles = { for name in local.role_names : name => local.all_roles[name] }

  # Claims that a token needs, by role. In addition to `aud` and `sub`, STS compares these of GitHub's claims since
  # January 2026: actor, actor_id, enterprise_id, environment, job_workflow_ref, ref, repository, repository_id and
  # workflow. Any other, such as repository_owner_id, would never match.
  # https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
  claims = { for name, role in local.roles : name => merge(
    {
      aud = ["sts.amazonaws.com"]
      sub = [for prefix in local.subject_prefixes : "${prefix}:${role.context}"]

      # The file that contains the job, whatever calls it. Workflows of the same repository run at the commit and ref of
      # the caller; others at the ref of the call, which may be a commit:
      # https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-with-reusable-workflows
      job_workflow_ref = [for file in role.workflows : join("", [
        var.workflows == null ? var.repository : var.workflows.repository,
        "/.github/workflows/${file}@",
        var.workflows == null ? role.ref : var.workflows.ref,
      ])]
    },

    # A subject with an environment has no ref: without this condition, a job of any branch that names the environment
    # could deploy where GitHub enforces no rules for it.
    name == "deploy" ? { ref = [role.ref], environment = [var.environment] } : {},

    # Names can be recycled by others; IDs cannot.
    var.repository_id == null ? {} : { repository_id = [var.repository_id] },
  ) }
}

data "aws_iam_policy_document" "trust" {
  for_each = local.claims

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    # Exact, except for refs of any branch. No variable may contain a pattern.
    dynamic "condition" {
      for_each = each.value

      content {
        test     = anytrue([for value in condition.value : endswith(value, "refs/heads/*")]) ? "StringLike" : "StringEquals"
        variable = "${local.issuer}:${condition.key}"
        values   = condition.value
      }
    }
  }
}

resource "aws_iam_role" "this" {
  for_each             = local.roles
  name                 = "${var.name}-github-${each.key}${var.suffix}"
  description          = "GitHub Actions of ${var.repository}: ${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = each.value.seconds
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "this" {
  for_each = local.policies
  name     = each.key
  role     = aws_iam_role.this[each.key].name
  policy   = each.value
}
