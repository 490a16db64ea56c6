variable "name" {
  description = "Repository name."
  type        = string
}

variable "images_kept" {
  description = "Number of images to keep; older ones expire."
  type        = number
  default     = 100
}

variable "force_delete" {
  description = "Whether the repository may be deleted with the images in it."
  type        = bool
}
