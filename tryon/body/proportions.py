"""Proportions of people, in torso lengths (neck to mid-hip): the one table of them."""

# Of frontal standing people, medians over street photos.
SHOULDER_WIDTH = 0.59
HIP_WIDTH = 0.34
