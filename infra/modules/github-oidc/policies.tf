# What each role may do: the policies of the actions that its jobs run (actions/*/iam-policy.json), without the statements
# for what the workflows do not use, and with the resources of this environment instead of the words in capitals. A call
# that an action makes is in its policy, which a test compares with its code, and by that in the role.

locals {
  cluster_name   = var.cluster_name == null ? split("/", var.cluster_arn)[1] : var.cluster_name
  ecs_arn_prefix = var.ecs_arn_prefix == null ? join(":", slice(split(":", var.cluster_arn), 0, 5)) : var.ecs_arn_prefix
  migrations     = var.migration_family[*]
  families       = var.families == null ? concat(var.services, local.migrations) : var.families

  statements = {
    for action in distinct(flatten([for role in local.role_names : keys(local.uses[role])])) :
    action => jsondecode(file("${path.module}/../../../actions/${action}/iam-policy.json")).Statement
  }

  # Role → action → statements that the role does not get.
  uses = {
    build = {
      "build-push" = ["OnlyWithCreateRepository"]
    }

    deploy = merge(local.single_job ? { "build-push" = ["OnlyWithCreateRepository"] } : {}, {
      "render-task-definition" = []
      "deploy"                 = ["CodeDeploy", "CodeDeployWithoutResource", "OnlyWithManagedEbsVolumes", "OnlyWithRunTaskTags"]
      "smoke-test"             = []
      "rollback"               = []
      "audit-record"           = []
    })

    # The dumps are written and read by a task with a role of its own.
    backup = {
      "render-task-definition" = ["FindNamedParameters", "FindNamedSecrets"]
      "db-backup"              = concat(local.tasks_only, ["OnlyToPrune"])
      "audit-record"           = []
    }

    # Without s3:DeleteObjectVersion, what is deleted stays in the versioned bucket until its noncurrent versions expire,
    # so that backups which a compromised job has pruned can be brought back.
    prune = {
      "db-backup" = concat(local.tasks_only, [
        "OnlyWithNetworkEcsFollow",
        "OnlyWithNetworkEcsGiveRoles",
        "OnlyWithNetworkEcsReadDefinition",
        "OnlyWithNetworkEcsReadLog",
        "OnlyWithNetworkEcsRegister",
        "OnlyWithNetworkEcsRun",
        "OnlyWithNetworkEcsService",
        "OnlyWithNetworkEcsTaggedDefinition",
      ])
      "audit-record" = []
    }

    # The database is protected by a task as well; it needs no backups for that.
    emergency = merge(
      {
        "service-control" = try(var.emergency.maintenance_rule, null) == null ? ["OnlyWithMaintenanceRule", "OnlyWithMaintenanceRuleFind"] : []
        "audit-record"    = []
      },
      try(var.emergency.protection, null) == null ? {} : {
        "db-backup" = concat(local.tasks_only, ["FindBackups", "OnlyToPrune", "ReadBackups"])
      },
    )
  }
  tasks_only = [
    "AbortUploads",
    "FindUploads",
    "OnlyForSnapshots",
    "OnlyWithKmsKey",
    "OnlyWithKmsKeyToWrite",
    "OnlyWithMetrics",
    "RenewLock",
    "UploadParts",
    "WriteNewObjects",
  ]

  # Role → resource as the policies of actions name it → resources of this environment.
  resources = {
    build  = { "${local.ecr}:repository/REPOSITORY" = var.image_repository_arns }
    deploy = local.deploy_resources
    backup = merge(local.audit_resources, local.bucket_resources, {
      "${local.ecs}:service/CLUSTER/SERVICE"  = [for backup in var.backup[*] : "${local.ecs_arn_prefix}:service/${local.cluster_name}/${backup.service}"]
      "${local.ecs}:task-definition/FAMILY:*" = [for family in flatten(var.backup[*].families) : "${local.ecs_arn_prefix}:task-definition/${family}:*"]
      "${local.ecs}:task/CLUSTER/*"           = ["${local.ecs_arn_prefix}:task/${local.cluster_name}/*"]
      "${local.logs}:log-group:LOG_GROUP:*"   = [for arn in flatten(var.backup[*].log_group_arns) : "${arn}:*"]
      "${local.iam}:role/TASK_ROLE"           = flatten(var.backup[*].task_role_arns)
      "${local.iam}:role/EXECUTION_ROLE"      = flatten(var.backup[*].task_role_arns)
      "arn:aws:s3:::BUCKET/PREFIX/*"          = [for arn in var.backup[*].bucket_arn : "${arn}/*/manifest.json"]
    })
    prune = merge(local.audit_resources, local.bucket_resources)
    emergency = merge(local.deploy_resources, {
      "${local.elb}:listener-rule/app/LOAD_BALANCER/*" = [for rule in var.emergency[*].maintenance_rule : rule.arn if rule != null]
      "${local.ecs}:task-definition/FAMILY:*"          = [for task in local.protection : "${local.ecs_arn_prefix}:task-definition/${task.family}:*"]
      "${local.logs}:log-group:LOG_GROUP:*"            = [for arn in flatten(local.protection[*].log_group_arns) : "${arn}:*"]
      "${local.iam}:role/TASK_ROLE"                    = flatten(local.protection[*].task_role_arns)
      "${local.iam}:role/EXECUTION_ROLE"               = flatten(local.protection[*].task_role_arns)
    })
  }
  protection = [for task in var.emergency[*].protection : task if task != null]
  deploy_resources = merge(local.audit_resources, {
    "${local.ecr}:repository/REPOSITORY"                = var.image_repository_arns
    "${local.ecs}:service/CLUSTER/SERVICE"              = [for name in var.services : "${local.ecs_arn_prefix}:service/${local.cluster_name}/${name}"]
    "${local.ecs}:service-deployment/CLUSTER/SERVICE/*" = [for name in var.services : "${local.ecs_arn_prefix}:service-deployment/${local.cluster_name}/${name}/*"]
    "${local.ecs}:service-revision/CLUSTER/SERVICE/*"   = [for name in var.services : "${local.ecs_arn_prefix}:service-revision/${local.cluster_name}/${name}/*"]
    "${local.ecs}:task-definition/FAMILY:*"             = [for family in local.families : "${local.ecs_arn_prefix}:task-definition/${family}:*"]
    "${local.ecs}:task/CLUSTER/*"                       = ["${local.ecs_arn_prefix}:task/${local.cluster_name}/*"]
    "${local.iam}:role/TASK-ROLE"                       = var.task_role_arns
    "${local.iam}:role/EXECUTION-ROLE"                  = var.task_role_arns
    "${local.logs}:log-group:LOG-GROUP:*"               = [for arn in var.log_group_arns : "${arn}:*"]
    "${local.secrets}:secret:SECRET-*"                  = var.secret_arns
    "${local.autoscaling}:scalable-target/*"            = ["${replace(local.ecs_arn_prefix, ":ecs:", ":application-autoscaling:")}:scalable-target/*"]
  })
  audit_resources = {
    "${local.logs}:log-group:AUDIT-LOG-GROUP:*" = [for arn in var.audit_log_group_arn[*] : "${arn}:*"]
  }
  bucket_resources = {
    "arn:aws:s3:::BUCKET"          = var.backup[*].bucket_arn
    "arn:aws:s3:::BUCKET/PREFIX/*" = [for arn in var.backup[*].bucket_arn : "${arn}/database/*"]
  }
  autoscaling = "arn:aws:application-autoscaling:REGION:ACCOUNT"
  ecr         = "arn:aws:ecr:REGION:ACCOUNT"
  ecs         = "arn:aws:ecs:REGION:ACCOUNT"
  elb         = "arn:aws:elasticloadbalancing:REGION:ACCOUNT"
  iam         = "arn:aws:iam::ACCOUNT"
  logs        = "arn:aws:logs:REGION:ACCOUNT"
  secrets     = "arn:aws:secretsmanager:REGION:ACCOUNT"

  # Statements whose resources are others than in the table above. Tasks may be run of the migrations only, although
  # revisions are registered for the services too: none without them. Images are looked up in more repositories than they
  # are pushed to.
  exceptions = {
    deploy = {
      RunTasks   = [for family in local.migrations : "${local.ecs_arn_prefix}:task-definition/${family}:*"]
      FindImages = concat(var.image_repository_arns, var.pull_repository_arns)
    }
  }

  # A resource that is not in the table above stops the plan: somebody has to say what it is here.
  granted = {
    for role in local.role_names : role => flatten([
      for action, without in local.uses[role] : [
        for statement in local.statements[action] : {
          sid       = join("", [for word in split("-", "${action}-${statement.Sid}") : title(word)])
          actions   = statement.Action
          condition = jsonencode(try(statement.Condition, {}))
          resources = sort(distinct(can(local.exceptions[role][statement.Sid]) ? local.exceptions[role][statement.Sid] : flatten([
            for resource in flatten([statement.Resource]) : resource == "*" ? ["*"] : local.resources[role][resource]
          ])))
        } if !contains(without, statement.Sid)
      ]
    ])
  }

  # Statements of several actions about the same resources become one, as the policies of a role have to fit into 10,240
  # characters. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  grouped = {
    for role, statements in local.granted : role => {
      for statement in statements : "${statement.condition} ${join(" ", statement.resources)}" => statement...
      if length(statement.resources) > 0
    }
  }

  policies = {
    for role, groups in local.grouped : role => jsonencode({
      Version = "2012-10-17"
      Statement = [
        for same in values(groups) : merge(
          {
            Sid      = same[0].sid
            Effect   = "Allow"
            Action   = sort(distinct(flatten(same[*].actions)))
            Resource = same[0].resources
          },
          same[0].condition == "{}" ? {} : {
            Condition = jsondecode(replace(same[0].condition, "${local.ecs}:cluster/CLUSTER", var.cluster_arn))
          },
        )
      ]
    })
  }
}
