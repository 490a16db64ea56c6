# The deployment contract: what workflows have to know of this environment, so that nobody copies a name by hand and
# Terraform and deployments cannot disagree (docs/decisions/0002-who-owns-what.md).

locals {
  url   = var.cdn != null ? module.cdn[0].url : var.domain != null ? "https://${var.domain.name}/" : module.load_balancer.url
  roles = var.github == null ? {} : module.github[0].role_arns

  # Alarms that a bad revision of api sets off by the requests that it answers.
  request_alarms = [for key in ["elb-5xx", "http-5xx", "latency"] : module.observability.alarm_names[key]]

  # Repository variables of production have no prefix: docs/variables.md.
  variable_prefix = local.production ? "" : "${upper(var.environment)}_"
}

output "url" {
  description = "URL at which users reach the system."
  value       = local.url
}

output "deployment" {
  description = "The deployment contract: environment, URL, the ARN of the role that deploys (null without GitHub), what each service and the tasks beside them need, and the rule with the maintenance answer (null without one), and the variables of the GitHub repository, by name (docs/variables.md)."
  value = {
    environment = var.environment
    url         = local.url
    role        = lookup(local.roles, "deploy", null)

    services = {
      for name, service in { api = module.api.deployment, ml = module.ml.deployment } : name => merge(service, {
        repository = module.registry[name].name
        url        = name == "api" ? local.url : null
        alarms     = sort(distinct(concat(service.alarms, name == "api" ? local.request_alarms : [])))
      })
    }

    maintenance_rule_arn = module.load_balancer.maintenance_rule_arn

    tasks = {
      migration = { template = module.migration.template, container = module.migration.container }
      backup    = { families = module.backup.families, bucket = module.storage.backups.name }
    }

    variables = merge(
      { "${local.variable_prefix}SERVICE_URL" = local.url },
      { for name, arn in local.roles : "${local.variable_prefix}AWS_${upper(name)}_ROLE" => arn },
      var.maintenance == null ? {} : { "${local.variable_prefix}MAINTENANCE_RULE" = module.load_balancer.maintenance_rule_arn },
      local.production ? { BUCKET_SUFFIX = var.bucket_suffix } : {},
    )
  }
}
