# Applied, so that outputs have values: what a mocked provider returns.

mock_provider "aws" {
  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:ap-northeast-1:123456789012:repository/mocked"
      repository_url = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/mocked"
    }
  }
}

variables {
  name = "rainbow-seeker-api"
}

run "images_are_immutable_scanned_and_encrypted" {
  command = apply

  assert {
    condition     = aws_ecr_repository.this.name == "rainbow-seeker-api" && aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE"
    error_message = "A tag could be moved to another image."
  }

  assert {
    condition     = one(aws_ecr_repository.this.image_scanning_configuration).scan_on_push
    error_message = "Images are not scanned when they are pushed."
  }

  assert {
    condition     = one(aws_ecr_repository.this.encryption_configuration).encryption_type == "KMS"
    error_message = "Images are not encrypted with a key of KMS."
  }

  assert {
    condition     = !aws_ecr_repository.this.force_delete
    error_message = "By default a repository with images in it is not deleted."
  }

  assert {
    condition = { url = output.url, arn = output.arn, name = output.name } == {
      url  = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/mocked"
      arn  = "arn:aws:ecr:ap-northeast-1:123456789012:repository/mocked"
      name = "rainbow-seeker-api"
    }
    error_message = "The outputs are not those of the repository."
  }
}

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
run "images_without_a_tag_expire_first_then_the_oldest" {
  command = apply

  variables {
    images_kept = 42
  }

  assert {
    condition     = aws_ecr_lifecycle_policy.this.repository == "rainbow-seeker-api"
    error_message = "The policy is another repository's."
  }

  assert {
    condition = [for rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules : { priority = rule.rulePriority, selection = rule.selection, action = rule.action }] == [
      { priority = 1, selection = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }, action = { type = "expire" } },
      { priority = 2, selection = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 42 }, action = { type = "expire" } },
    ]
    error_message = "Untagged images expire after a week, and of all images those beyond the given number."
  }
}

run "by_default_a_hundred_images_are_kept" {
  command = plan

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this.policy).rules[1].selection.countNumber == 100
    error_message = "Another number of images is kept."
  }
}

run "a_repository_for_trials_is_deleted_with_its_images" {
  command = plan

  variables {
    force_delete = true
  }

  assert {
    condition     = aws_ecr_repository.this.force_delete
    error_message = "force_delete is not passed on."
  }
}

run "defaults_hold_for_null" {
  command = plan

  variables {
    images_kept  = null
    force_delete = null
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this.policy).rules[1].selection.countNumber == 100 && !aws_ecr_repository.this.force_delete
    error_message = "null is not the default."
  }
}
