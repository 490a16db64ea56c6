"""Training of the rainbow model: observations in, an ONNX model with its card and golden vectors out."""
