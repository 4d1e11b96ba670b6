"""HPN, the High-resolution Pose transfer Network, which brings a person into a frontal pose."""
