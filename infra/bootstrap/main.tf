# The account itself, before any environment: `npm run bootstrap` applies this, `npm run leave` destroys it.

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = { Project = "rainbow-seeker" }
  }
}

module "bootstrap" {
  source    = "../modules/bootstrap"
  bucket    = var.bucket
  github    = var.github
  protected = var.protected
}
