# Plans only: policy documents are rendered by the real provider, without an AWS account.

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_resource {
  target          = aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-api" }
}

override_resource {
  target          = aws_iam_role.execution
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/created" }
}

override_resource {
  target          = aws_iam_role.task
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/created-task" }
}

variables {
  family             = "rainbow-seeker-api"
  image              = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-api:none-yet"
  cpu                = 512
  memory             = 1024
  log_retention_days = 90
  container          = { name = "api", ports = [3000] }
}

run "as_in_the_design_document" {
  command = plan

  assert {
    condition     = aws_ecs_task_definition.this.family == "rainbow-seeker-api" && aws_ecs_task_definition.this.network_mode == "awsvpc" && tolist(aws_ecs_task_definition.this.requires_compatibilities) == tolist(["FARGATE"])
    error_message = "It is not the Fargate task of the design document."
  }

  assert {
    condition     = aws_ecs_task_definition.this.cpu == "512" && aws_ecs_task_definition.this.memory == "1024"
    error_message = "The size is not the one that was given."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/ecs/rainbow-seeker-api" && aws_cloudwatch_log_group.this.retention_in_days == 90
    error_message = "The log group is not that of the design document."
  }

  assert {
    condition     = aws_ecs_task_definition.this.runtime_platform[0].cpu_architecture == "X86_64" && aws_ecs_task_definition.this.runtime_platform[0].operating_system_family == "LINUX"
    error_message = "The default is Linux on X86_64."
  }

  assert {
    condition     = aws_ecs_task_definition.this.skip_destroy
    error_message = "A service that still runs the previous revision needs it to stay active."
  }

  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions) == [{
      name                   = "api"
      image                  = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-api:none-yet"
      essential              = true
      user                   = "1001"
      readonlyRootFilesystem = true
      stopTimeout            = 30
      portMappings           = [{ name = "api", containerPort = 3000, protocol = "tcp" }]
      environment            = []
      secrets                = []
      linuxParameters        = { initProcessEnabled = true }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = "/ecs/rainbow-seeker-api"
          awslogs-region        = "ap-northeast-1"
          awslogs-stream-prefix = "ecs"
        }
      }
    }]
    error_message = "The container is another one."
  }

  assert {
    condition     = length(aws_ecs_task_definition.this.volume) == 0 && length(aws_ecs_task_definition.this.ephemeral_storage) == 0
    error_message = "There is storage that nobody asked for."
  }
}

run "everything_that_a_container_can_have" {
  command = plan

  variables {
    cpu_architecture  = "ARM64"
    ephemeral_storage = 21

    container = {
      name         = "api"
      ports        = [3000, 3001]
      command      = ["node", "dist/migrate.js"]
      environment  = { PORT = "3000", LOG_LEVEL = "info" }
      secrets      = { TOKEN = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/token" }
      health_check = ["CMD", "node", "dist/healthcheck.js"]
      writable_tmp = true
      user         = "1002:1003"
      stop_timeout = 120
    }
  }

  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions) == [{
      name                   = "api"
      image                  = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-api:none-yet"
      essential              = true
      user                   = "1002:1003"
      readonlyRootFilesystem = true
      stopTimeout            = 120
      portMappings           = [{ name = "api", containerPort = 3000, protocol = "tcp" }, { name = "api", containerPort = 3001, protocol = "tcp" }]
      environment            = [{ name = "LOG_LEVEL", value = "info" }, { name = "PORT", value = "3000" }]
      secrets                = [{ name = "TOKEN", valueFrom = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/token" }]
      linuxParameters        = { initProcessEnabled = true }
      command                = ["node", "dist/migrate.js"]
      mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
      healthCheck            = { command = ["CMD", "node", "dist/healthcheck.js"], interval = 10, timeout = 5, retries = 3, startPeriod = 15 }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = "/ecs/rainbow-seeker-api"
          awslogs-region        = "ap-northeast-1"
          awslogs-stream-prefix = "ecs"
        }
      }
    }]
    error_message = "The container is another one."
  }

  assert {
    condition     = one(aws_ecs_task_definition.this.volume).name == "tmp" && aws_ecs_task_definition.this.ephemeral_storage[0].size_in_gib == 21
    error_message = "The storage is not the one that was asked for."
  }

  assert {
    condition     = aws_ecs_task_definition.this.runtime_platform[0].cpu_architecture == "ARM64"
    error_message = "The processor is not the one that was asked for."
  }
}

# The roles

run "an_execution_role_that_starts_this_task_and_no_other" {
  command = plan

  variables {
    repository_arns      = ["arn:aws:ecr:ap-northeast-1:210987654321:repository/rainbow-seeker-api"]
    secrets_kms_key_arns = ["arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"]

    container = {
      name = "api"
      secrets = {
        JWT_SECRET  = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/jwt-secret"
        DB_PASSWORD = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!db-1-AbCdEf:password::"
        DB_USER     = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!db-1-AbCdEf:username::"
      }
    }
  }

  assert {
    condition     = aws_iam_role.execution[0].name == "rainbow-seeker-api-execution" && aws_ecs_task_definition.this.execution_role_arn == "arn:aws:iam::123456789012:role/created" && aws_iam_role_policy.execution[0].name == "start-tasks"
    error_message = "The task does not start with the role that is made for it."
  }

  assert {
    condition = jsondecode(aws_iam_role.execution[0].assume_role_policy).Statement == [
      { Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" } },
    ]
    error_message = "The role is trusted by others than tasks."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.execution[0].policy).Statement == [
      { Sid = "LogInToTheRegistry", Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability"]
        Resource = "arn:aws:ecr:ap-northeast-1:210987654321:repository/rainbow-seeker-api"
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:PutLogEvents", "logs:CreateLogStream"]
        Resource = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-api:*"
      },
      {
        Sid      = "ReadParameters"
        Effect   = "Allow"
        Action   = "ssm:GetParameters"
        Resource = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/jwt-secret"
      },
      {
        Sid      = "ReadSecrets"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!db-1-AbCdEf"
      },
      {
        Sid      = "DecryptSecrets"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      },
    ]
    error_message = "The execution role has other permissions than this task needs."
  }

  assert {
    condition     = length(aws_iam_role.task) == 0 && aws_ecs_task_definition.this.task_role_arn == null && output.role_arns == tolist(["arn:aws:iam::123456789012:role/created"])
    error_message = "There is a task role that nobody asked for."
  }
}

run "a_task_without_image_repository_and_secrets_only_writes_logs" {
  command = plan

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.execution[0].policy).Statement[*] : statement.Sid] == ["WriteLogs"]
    error_message = "The execution role may do more than write logs."
  }
}

run "roles_by_name_with_a_boundary" {
  command = plan

  variables {
    execution_role           = { name = "ecsTaskExecutionRole" }
    task_role                = { create = true, name = "ecsTaskRole", policies = { uploads = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" } }
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition     = aws_iam_role.execution[0].name == "ecsTaskExecutionRole" && aws_iam_role.task[0].name == "ecsTaskRole"
    error_message = "The roles have other names."
  }

  assert {
    condition     = aws_iam_role.execution[0].permissions_boundary == "arn:aws:iam::123456789012:policy/boundary" && aws_iam_role.task[0].permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    error_message = "A role is outside of the boundary."
  }

  assert {
    condition     = jsondecode(aws_iam_role.task[0].assume_role_policy).Statement[0].Principal == { Service = "ecs-tasks.amazonaws.com" }
    error_message = "The task role is trusted by others than tasks."
  }

  assert {
    condition     = keys(aws_iam_role_policy.task) == ["uploads"] && aws_iam_role_policy.task["uploads"].policy == "{\"Version\":\"2012-10-17\",\"Statement\":[]}" && aws_ecs_task_definition.this.task_role_arn == "arn:aws:iam::123456789012:role/created-task"
    error_message = "The task role does not have its policy, or the task does not have its role."
  }

  assert {
    condition     = output.role_arns == tolist(["arn:aws:iam::123456789012:role/created", "arn:aws:iam::123456789012:role/created-task"])
    error_message = "Who starts the task has to be allowed to pass both roles."
  }
}

run "existing_roles" {
  command = plan

  variables {
    execution_role = { create = false, arn = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole" }
    task_role      = { arn = "arn:aws:iam::123456789012:role/shared/ecsTaskRole" }
  }

  assert {
    condition     = length(aws_iam_role.execution) + length(aws_iam_role.task) + length(aws_iam_role_policy.execution) + length(aws_iam_role_policy.task) == 0
    error_message = "A role that exists is not to be touched."
  }

  assert {
    condition     = aws_ecs_task_definition.this.execution_role_arn == "arn:aws:iam::123456789012:role/ecsTaskExecutionRole" && aws_ecs_task_definition.this.task_role_arn == "arn:aws:iam::123456789012:role/shared/ecsTaskRole"
    error_message = "The task does not have the existing roles."
  }
}

run "a_shell_in_the_container" {
  command = plan

  variables {
    execute_command = true
    task_role       = { create = true }
  }

  assert {
    condition     = aws_iam_role.task[0].name == "rainbow-seeker-api-task" && keys(aws_iam_role_policy.task) == ["execute-command"]
    error_message = "The agent of ECS Exec has no permission of its own."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.task["execute-command"].policy).Statement == [{
      Sid      = "ExecuteCommand"
      Effect   = "Allow"
      Action   = ["ssmmessages:OpenDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:CreateControlChannel"]
      Resource = "*"
    }]
    error_message = "The agent of ECS Exec has other permissions than it needs."
  }

  assert {
    condition     = !jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem
    error_message = "The agent of ECS Exec cannot write."
  }
}
