terraform {
  # The state is in the bucket that it describes. `npm run bootstrap` creates the bucket with a local state first, and
  # then moves that here.
  backend "s3" {
    key          = "rainbow-seeker/bootstrap.tfstate"
    region       = "ap-northeast-1"
    encrypt      = true
    use_lockfile = true
  }

  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
