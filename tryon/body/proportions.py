"""Proportions of people, in torso lengths (neck to mid-hip): the one table of them.

Depths are measured below the neck point along the torso: 0 at the collar-bone, 1 at the hips.
"""

from tryon.body import skeleton as sk

# Of frontal standing people, medians over street photos.
SHOULDER_WIDTH = 0.59
HIP_WIDTH = 0.34

BONES = {
    "shoulder": (((sk.NECK, sk.R_SHOULDER), (sk.NECK, sk.L_SHOULDER)), SHOULDER_WIDTH / 2),
    "trunk": (((sk.NECK, sk.R_HIP), (sk.NECK, sk.L_HIP)), 1.02),
    "upper arm": (((sk.R_SHOULDER, sk.R_ELBOW), (sk.L_SHOULDER, sk.L_ELBOW)), 0.59),
    "forearm": (((sk.R_ELBOW, sk.R_WRIST), (sk.L_ELBOW, sk.L_WRIST)), 0.5),
    "thigh": (((sk.R_HIP, sk.R_KNEE), (sk.L_HIP, sk.L_KNEE)), 0.8),
    "shank": (((sk.R_KNEE, sk.R_ANKLE), (sk.L_KNEE, sk.L_ANKLE)), 0.78),
}
"""Both sides of each bone as pairs of points, and its typical length. Those of the limbs are upper quartiles over
street photos, where a quarter of the bones or less is not foreshortened."""

HALF_WIDTHS = {
    "neck": (0.14, 0.11),
    "upper arm": (0.1, 0.088, 0.072),
    "forearm": (0.072, 0.074, 0.048),
    "thigh": (0.15, 0.13, 0.1),
    "shank": (0.1, 0.095, 0.055),
}
"""Half the width of bare limbs, at even steps along the bone."""
RADIUS = {bone: max(widths) for bone, widths in HALF_WIDTHS.items()}
"""Half the width of a limb where it is thickest."""
SLEEVE = {"upper arm": 0.13, "forearm": 0.11}
"""Half the width of an arm in its sleeve."""
HAND = 0.45
"""Length of a hand, fingers bent a little, in forearms."""
FINGERS, PALM = 0.3, 0.12
"""From the wrist to the tips of stretched fingers, and from the middle of a spread hand to its sides."""
FACE = 0.27
"""From the nose to the edge of the head."""
SEAT = 0.25
"""How far the body reaches beyond the hip joints, in distances between them."""

NECKLINE = 0.16
"""Depth down to which skin may be made up: a hand's breadth."""
DECOLLETE = 0.3
"""Depth from which skin before the trunk is that of hands and arms."""
WAIST = 0.9
"""Depth of the waistband."""
HIPS = 1.0
"""Depth of the hip joints."""
HEM = 1.1
"""Depth of the hem of a top that hangs over trousers or skirt."""
MID_THIGH = 0.4
"""From the hips to the middle of the thighs, where the knees are not seen."""
CHIN = 0.2
"""From the neck point up to the chin, where the nose is not seen."""
WAISTBAND = 0.83
"""Width of a waistband that lies flat."""
