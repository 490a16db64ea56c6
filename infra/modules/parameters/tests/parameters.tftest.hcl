# Values are write-only, so that no test can see them either: only that there are such arguments.

mock_provider "aws" {}

variables {
  prefix = "/rainbow-seeker/production"
}

run "parameters_are_secure_strings_under_the_path_of_the_environment" {
  command = apply

  assert {
    condition = sort([for parameter in aws_ssm_parameter.generated : parameter.name]) == sort([
      "/rainbow-seeker/production/db-password",
      "/rainbow-seeker/production/backup-password",
      "/rainbow-seeker/production/jwt-secret",
      "/rainbow-seeker/production/redis-auth-token",
    ])
    error_message = "Passwords, the key of tokens and Redis' token are generated."
  }

  assert {
    condition = sort([for parameter in aws_ssm_parameter.supplied : parameter.name]) == sort([
      "/rainbow-seeker/production/weather-api-key",
      "/rainbow-seeker/production/firebase-project-id",
    ])
    error_message = "The weather service's key and the project of Firebase are supplied by people."
  }

  assert {
    condition = alltrue([
      for parameter in concat(values(aws_ssm_parameter.generated), values(aws_ssm_parameter.supplied)) :
      parameter.type == "SecureString" && parameter.value_wo_version >= 1
    ])
    error_message = "A parameter is not encrypted, or its value is no write-only one."
  }

  assert {
    condition = output.arns == {
      db-password         = aws_ssm_parameter.generated["db-password"].arn
      backup-password     = aws_ssm_parameter.generated["backup-password"].arn
      jwt-secret          = aws_ssm_parameter.generated["jwt-secret"].arn
      redis-auth-token    = aws_ssm_parameter.generated["redis-auth-token"].arn
      weather-api-key     = aws_ssm_parameter.supplied["weather-api-key"].arn
      firebase-project-id = aws_ssm_parameter.supplied["firebase-project-id"].arn
    }
    error_message = "An ARN is another parameter's."
  }
}

# The local AWS would give tasks the encrypted value.
run "strings_where_they_are_asked_for" {
  command = plan

  variables {
    type = "String"
  }

  assert {
    condition = alltrue([
      for parameter in concat(values(aws_ssm_parameter.generated), values(aws_ssm_parameter.supplied)) : parameter.type == "String"
    ])
    error_message = "The type is not passed on."
  }
}
