variable "name" {
  description = "Repository name."
  type        = string

  # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
  validation {
    condition     = length(var.name) >= 2 && length(var.name) <= 256 && can(regex("^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$", var.name))
    error_message = "name has 2 to 256 lower-case letters and digits, separated by single hyphens, dots, underscores or slashes, for example \"rainbow-seeker-api\"."
  }
}

variable "images_kept" {
  description = "Number of images to keep; older ones expire."
  type        = number
  default     = 100
  nullable    = false

  # A rollback needs the image of an earlier revision.
  validation {
    condition     = var.images_kept >= 10 && floor(var.images_kept) == var.images_kept
    error_message = "images_kept is a whole number, at least 10: a rollback needs the image of an earlier deployment. Raise it, for example to 100."
  }
}

variable "force_delete" {
  description = "Whether the repository may be deleted with the images in it."
  type        = bool
  default     = false
  nullable    = false
}
