"""Appearance flow: where each pixel of a person's photo finds its color in the garment's photo."""
