output "variables" {
  description = "Repository variables for infrastructure.yml and pull-request.yml, by name."
  value = merge(
    { TERRAFORM_STATE_BUCKET = var.state_bucket },
    [for environment, access in module.terraform : {
      for role, arn in access.role_arns :
      "${environment == "production" ? "" : "${upper(environment)}_"}AWS_${upper(role)}_ROLE" => arn
    }]...
  )
}

output "boundary_arns" {
  description = "permissions_boundary_arn of each environment, for its terraform.tfvars."
  value       = { for environment, access in module.terraform : environment => access.boundary_arn }
}
