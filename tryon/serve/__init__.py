"""Try-ons over HTTP, in the shape that clients of hosted try-on services speak."""
