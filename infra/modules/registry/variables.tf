variable "name" {
  description = "Repository name."
  type        = string
}

variable "images_kept" {
  description = "Number of images kept; the oldest expire."
  type        = number
  default     = 100
}

variable "force_delete" {
  description = "Delete the repository with the images in it."
  type        = bool
}
