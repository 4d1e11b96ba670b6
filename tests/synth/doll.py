"""A small synthetic rig, for tests without the avatars' files."""

import numpy as np

from tryon.core.labels import Label
from tryon.synth.rig import Avatar

# Joint positions of a person made of boxes, in the T pose.
JOINTS = {
    "Hips": (0, 1.0, 0), "Spine": (0, 1.1, 0), "Neck": (0, 1.45, 0), "Head": (0, 1.55, 0),
    "LeftEye": (0.03, 1.65, 0.1), "LeftArm": (0.2, 1.4, 0), "LeftForeArm": (0.45, 1.4, 0), "LeftHand": (0.7, 1.4, 0),
    "LeftUpLeg": (0.1, 0.95, 0), "LeftLeg": (0.1, 0.5, 0), "LeftFoot": (0.1, 0.1, 0),
}  # fmt: skip
PARENTS = {
    "Hips": None, "Spine": "Hips", "Neck": "Spine", "Head": "Neck", "Eye": "Head", "Arm": "Spine", "ForeArm": "Arm",
    "Hand": "ForeArm", "UpLeg": "Hips", "Leg": "UpLeg", "Foot": "Leg",
}  # fmt: skip
# Joint that moves the box, low corner, high corner, place in the texture (left half skin, right half shirt).
BOXES = [
    ("Spine", (-0.2, 0.9, -0.1), (0.2, 1.45, 0.1), 0.75),
    ("Head", (-0.09, 1.45, -0.1), (0.09, 1.75, 0.1), 0.25),
    ("Head", (-0.01, 1.57, 0.1), (0.01, 1.6, 0.13), 0.25),
    ("Head", (0.09, 1.61, 0), (0.1, 1.64, 0.04), 0.25),
    ("Head", (-0.1, 1.61, 0), (-0.09, 1.64, 0.04), 0.25),
    ("LeftArm", (0.2, 1.34, -0.06), (0.45, 1.46, 0.06), 0.75),
    ("LeftForeArm", (0.45, 1.35, -0.05), (0.8, 1.45, 0.05), 0.25),
    ("RightArm", (-0.45, 1.34, -0.06), (-0.2, 1.46, 0.06), 0.75),
    ("RightForeArm", (-0.8, 1.35, -0.05), (-0.45, 1.45, 0.05), 0.25),
    ("LeftUpLeg", (0.03, 0, -0.08), (0.18, 0.9, 0.08), 0.25),
    ("RightUpLeg", (-0.18, 0, -0.08), (-0.03, 0.9, 0.08), 0.25),
]  # fmt: skip
ATLAS = np.array([[Label.SKIN, Label.UPPER]], np.uint8)


def make_doll() -> Avatar:
    """A person of eleven boxes: the shirt is the right half of the texture, the skin the left."""
    places = dict(JOINTS)
    for name, (x, y, z) in JOINTS.items():
        if name.startswith("Left"):
            places["Right" + name[4:]] = (-x, y, z)
    names = sorted(places, key=lambda name: list(PARENTS).index(name.removeprefix("Left").removeprefix("Right")))
    parents = []
    for name in names:
        bare = name.removeprefix("Left").removeprefix("Right")
        parent = PARENTS[bare]
        side = name[: len(name) - len(bare)]
        parents.append(-1 if parent is None else names.index(parent if parent in names else side + parent))
    vertices, faces, uv, joints = [], [], [], []
    for joint, low, high, u in BOXES:
        start = len(vertices)
        vertices += [
            [(low, high)[i][0], (low, high)[j][1], (low, high)[k][2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)
        ]
        for a, b, c, d in ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)):
            faces += [[start + a, start + b, start + c], [start + a, start + c, start + d]]
        uv += [[u, 0.5]] * 8
        joints += [[names.index(joint), 0, 0, 0]] * 8
    texture = np.full((4, 8, 4), 255, np.uint8)
    texture[:, :4, :3] = (200, 150, 120)
    texture[:, 4:, :3] = (40, 40, 200)
    return Avatar(
        name="doll",
        joint_names=tuple(names),
        parents=np.array(parents),
        rest_joints=np.float32([places[name] for name in names]),
        vertices=np.float32(vertices),
        faces=np.array(faces),
        face_mesh=np.zeros(len(faces), int),
        mesh_names=("body",),
        mesh_textures=(0,),
        uv=np.float32(uv),
        skin_joints=np.array(joints),
        skin_weights=np.tile(np.float32([1, 0, 0, 0]), (len(vertices), 1)),
        textures=(texture,),
    )
