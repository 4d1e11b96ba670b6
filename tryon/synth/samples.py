"""The sample pictures that ship in ``tryon/samples``: ``python -m tryon.synth.samples --avatars DIR``."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tryon.synth.backdrop import studio
from tryon.synth.poses import STANCES, Stance, clear_torso
from tryon.synth.raycast import Light
from tryon.synth.render import Camera, Render, atlas_labels, render
from tryon.synth.rig import load_avatar

SAMPLES = Path(__file__).parents[1] / "samples"
SIZE = (1024, 768)


@dataclass(frozen=True)
class Recipe:
    """How one sample picture is made."""

    avatar: str
    stance: str
    seed: int
    paper: tuple[float, float, float]
    """sRGB color of the studio paper."""
    yaw: float = 0.0
    """Radians by which the person is turned to its right."""


RECIPES = {
    "woman_shirt": Recipe("AIAN_F_1_Casual", "standing", 3, (0.86, 0.82, 0.77)),
    "man_floral": Recipe("NHPI_M_1_Casual", "contrapposto", 5, (0.78, 0.83, 0.86)),
    "man_suit": Recipe("Black_M_2_Busi", "standing", 8, (0.84, 0.85, 0.87)),
    "woman_dress": Recipe("White_F_3_Casual", "contrapposto", 2, (0.88, 0.84, 0.82)),
    "woman_coat": Recipe("Black_F_2_Medi", "standing", 11, (0.71, 0.77, 0.79)),
    "man_tshirt": Recipe("MENA_M_3_Casual", "contrapposto", 12, (0.87, 0.85, 0.8)),
    "woman_sweater": Recipe("Asian_F_2_Casual", "contrapposto", 4, (0.8, 0.84, 0.8), yaw=0.7),
    "man_crossed_arms": Recipe("Asian_M_2_Casual", "arms crossed", 6, (0.74, 0.78, 0.83)),
}


def _stance(recipe: Recipe) -> Stance:
    """The recipe's random stance, with a calm head that looks at the camera when the body is turned."""
    turns, directions = STANCES[recipe.stance](np.random.default_rng(recipe.seed))
    turns["Head"] = np.array((0.04, 0.3 * recipe.yaw, 0.02))
    turns["Neck"] = np.array((0.03, 0.25 * recipe.yaw, 0.0))
    return turns, directions


def render_sample(name: str, avatars: Path) -> Render:
    """Render one of :data:`RECIPES` from the folder of ``.glb`` files."""
    recipe = RECIPES[name]
    avatar = load_avatar(avatars / f"{recipe.avatar}.glb")
    tall = float(avatar.vertices[:, 1].max())
    camera = Camera(yaw=recipe.yaw, height=1.25, distance=4.5, target=0.5 * tall + 0.01, span=1.15 * tall)
    light = Light(
        yaw=recipe.yaw + 0.65,
        elevation=0.85,
        softness=0.45,
        key=(0.62, 0.6, 0.57),
        sky=(0.62, 0.63, 0.66),
        bounce=(0.42, 0.41, 0.4),
    )
    paper = np.array(recipe.paper)
    backdrop = studio(tuple(paper * 1.06), tuple(paper * 0.9))
    pose = clear_torso(avatar, *_stance(recipe))
    return render(avatar, pose, camera, light, backdrop, atlas_labels(avatar.name), SIZE, samples=3, rays=128)


def main() -> None:
    """Write all samples and ``truth.npz``."""
    parser = argparse.ArgumentParser(description="Render the sample pictures.")
    parser.add_argument("--avatars", type=Path, required=True, help="folder of .glb files of the VALID library")
    parser.add_argument("--out", type=Path, default=SAMPLES)
    parser.add_argument("names", nargs="*", default=list(RECIPES))
    args = parser.parse_args()
    truth = args.out / "truth.npz"
    known = dict(np.load(truth)) if truth.is_file() else {}
    for name in args.names:
        picture = render_sample(name, args.avatars)
        Image.fromarray(picture.image).save(args.out / f"{name}.jpg", quality=91, optimize=True)
        known[f"{name}_keypoints"] = picture.keypoints
        known[f"{name}_parsing"] = picture.parsing
        np.savez_compressed(truth, **known)


if __name__ == "__main__":
    main()
