# GitHub's identity provider. An account can have only one, so it is no environment's: `npm run bootstrap` creates it.

locals {
  issuer       = "token.actions.githubusercontent.com"
  provider_arn = var.provider_arn == null ? data.aws_iam_openid_connect_provider.github[0].arn : var.provider_arn
}

data "aws_iam_openid_connect_provider" "github" {
  count = var.provider_arn == null ? 1 : 0
  url   = "https://${local.issuer}"
}

# An earlier version of this module created it: it is forgotten here, not deleted, as other environments use it too.
removed {
  from = aws_iam_openid_connect_provider.github

  lifecycle {
    destroy = false
  }
}
