# The module needs nothing but these lines, and gives nothing the names of this project.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

run "alone" {
  command = plan

  assert {
    condition     = module.database.identifier == "shop" && module.database.name == "shop"
    error_message = "Instance and database have the given names."
  }
}
