# Names, types, and that no apply after the first one writes a value again.
mock_provider "aws" {}

variables {
  prefix = "/rainbow-seeker/production"
}

run "created" {
  assert {
    condition = keys(output.arns) == [
      "backup-password", "db-password", "db-password-alternates", "firebase-project-id", "firebase-service-account-key", "jwt-secret",
      "jwt-secret-alternates", "redis-auth-token", "redis-auth-token-alternates", "weather-api-key",
    ]
    error_message = "The secrets of the system, and what is valid besides those that api rotates."
  }

  assert {
    condition     = alltrue([for parameter in merge(aws_ssm_parameter.generated, aws_ssm_parameter.initial) : parameter.type == "SecureString" && parameter.value_wo_version == 1])
    error_message = "Encrypted, and written once: a rotated value must survive each apply."
  }

  assert {
    condition     = alltrue([for name, parameter in merge(aws_ssm_parameter.generated, aws_ssm_parameter.initial) : parameter.name == "/rainbow-seeker/production/${name}"])
    error_message = "Names are the path and the short name."
  }

  assert {
    condition     = output.arns == { for name, parameter in merge(aws_ssm_parameter.generated, aws_ssm_parameter.initial) : name => parameter.arn }
    error_message = "Each ARN is that of the parameter of its name."
  }
}

# Not even with new random values.
run "applied_again" {
  command = plan

  assert {
    condition     = alltrue([for name, parameter in aws_ssm_parameter.generated : parameter.arn == run.created.arns[name]])
    error_message = "A second apply changes no parameter."
  }
}

run "plain_for_the_local_aws" {
  command = plan

  variables {
    type = "String"
  }

  assert {
    condition     = alltrue([for parameter in merge(aws_ssm_parameter.generated, aws_ssm_parameter.initial) : parameter.type == "String"])
    error_message = "The local AWS gives tasks the encrypted value."
  }
}

run "refused" {
  command = plan

  variables {
    prefix = "rainbow-seeker/production/"
    type   = "StringList"
  }

  expect_failures = [var.prefix, var.type]
}

run "refused_reserved" {
  command = plan

  variables {
    prefix = "/aws/rainbow-seeker"
  }

  expect_failures = [var.prefix]
}
