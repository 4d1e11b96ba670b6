"""Which piece of which MakeHuman asset is what kind of garment, and tailoring: cut, length, width.

Heights and distances of cuts are meters on the base mesh as it is (:attr:`tryon.synth.drape.Cloth.canonical`): there
the neck is at y = .59, the waist at .2, the crotch at 0, the knee at -.37, the ankle at -.74, and the arms reach from
the shoulder at x = .17 over the elbow at .31 to the wrist at .43, both sides alike.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from tryon.core.labels import Label
from tryon.synth.body import base_mesh
from tryon.synth.drape import Cloth, clip, keep_faces
from tryon.synth.makehuman import Asset, fit, load_asset, skin_weights

WAIST, HIPS, KNEE = 0.2, 0.04, -0.37
_HIP_JOINT, _ANKLE = 0.09, -0.74
_HEM = 0.05  # meters by which hems of shirts and tops rise and fall


@dataclass(frozen=True)
class Garment:
    """A garment of the table below."""

    asset: str
    label: Label
    sex: str = "f"
    """Who wears it: ``f``, ``m`` or ``fm``."""
    parts: tuple[int, ...] = ()
    """Connected pieces of the mesh that belong to it; all, if empty."""
    islands: tuple[int, ...] = ()
    """Connected pieces of the texture's layout that belong to it; all, if empty."""
    below: float | None = None
    """What lies above this height is cut away: skirts from dresses."""
    denim: bool = False
    """Colored like jeans."""
    held_out: bool = False
    """Worn in the validation split only."""
    open_front: bool = False
    """Cut open at the front like a cardigan."""
    flat: bool = False
    """The shadows painted into its texture are left out when it is dyed."""
    wide: bool = False
    """Wide already: no coat goes over it, and no more width is added."""
    light: bool | None = None
    """Only the faces of light (or dark) texture: a shirt and its tie are one mesh."""


_U, _O, _D, _S, _P = Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS
DRESSES = (
    Garment("F_Beach_Dress_01", _D, parts=(0,)),
    Garment("F_Dress_01", _D),
    Garment("F_Dress_02", _D, held_out=True),
    Garment("F_Dress_03", _D, wide=True),
    Garment("F_Dress_03", _D, parts=(4,), wide=True),
    Garment("TubeDress", _D),
    # Shirts and tops that are let down to the knee or so.
    Garment("female_casualsuit01", _D, parts=(0,)),
    Garment("female_elegantsuit01", _D, parts=(1,)),
    Garment("male_casualsuit02", _D, parts=(1,)),
    Garment("Tank_Top_01", _D),
    Garment("VNeckTop", _D, held_out=True),
    Garment("spaghetti-top", _D),
)
SKIRTS = (
    Garment("JeansSkirt", _S, denim=True),
    Garment("miniskirt", _S, held_out=True),
    Garment("female_elegantsuit01", _S, parts=(0,)),
    Garment("F_Dress_04", _S, parts=(2,)),
    Garment("F_Dress_03", _S, parts=(4,), below=0.19, wide=True),
    Garment("F_Dress_01", _S, below=0.2),
    Garment("F_Dress_02", _S, below=0.2, held_out=True),
    Garment("TubeDress", _S, below=0.18),
)
PANTS = (
    Garment("Tightjeans", _P, denim=True),
    Garment("ShortJeans", _P, denim=True),
    Garment("female_casualsuit01", _P, parts=(1,), denim=True),
    Garment("female_casualsuit02", _P, parts=(0, 1), denim=True),
    Garment("female_sportsuit01", _P, parts=(1,), held_out=True),
    Garment("male_casualsuit02", _P, "fm", parts=(0,), denim=True),
    Garment("male_elegantsuit01", _P, "fm", parts=(0,), flat=True),
    Garment("male_casualsuit01", _P, "m", islands=(2, 3), denim=True, held_out=True),
)
UPPERS = (
    Garment("Asymmetric_Tunic_and_Sash", _U),
    Garment("Sleeveless", _U),
    Garment("Tank_Top_01", _U, "fm"),
    Garment("TubeTop", _U),
    Garment("F_Dress_04", _U, parts=(1,)),
    Garment("VNeckTop", _U),
    Garment("female_casualsuit01", _U, parts=(0,)),
    Garment("female_elegantsuit01", _U, parts=(1,)),
    Garment("female_sportsuit01", _U, parts=(0,)),
    Garment("short_tail_camo_tee", _U, held_out=True),
    Garment("spaghetti-top", _U),
    Garment("male_casualsuit01", _U, "m", islands=(0, 1, 4, 5)),
    Garment("male_casualsuit02", _U, "fm", parts=(1,)),
    Garment("male_casualsuit03", _U, "m", parts=(0,), held_out=True),
    Garment("male_casualsuit04", _U, "m", parts=(0,)),
    Garment("male_casualsuit06", _U, "fm", parts=(0,)),
)
OUTERS = (
    Garment("Coat", _O),
    Garment("male_casualsuit05", _O, "fm", parts=(0, 1)),
    Garment("male_elegantsuit01", _O, "m", islands=(2, 4, 5, 7, 8, 9, 10, *range(11, 17), 21, 22)),
    Garment("female_elegantsuit01", _O, parts=(1,), open_front=True),
    Garment("male_casualsuit02", _O, "fm", parts=(1,), open_front=True),
    Garment("male_casualsuit03", _O, "m", parts=(0,), open_front=True, held_out=True),
)
SUIT_SHIRT = (
    Garment("male_elegantsuit01", _U, "m", islands=(3, 6, 17, 18, 19, 20), light=True),
    Garment("male_elegantsuit01", Label.SCARF, "m", islands=(3,), light=False),
)
"""What is seen of shirt and tie in the suit's jacket; there is nothing of them under it."""
SHOES = (
    Garment("WinterBoots", Label.SHOES, "f"),
    Garment("shoes01", Label.SHOES, "m", parts=(0, 1)),
    Garment("shoes02", Label.SHOES, "fm", parts=(0, 1)),
    Garment("shoes03", Label.SHOES, "fm", parts=(1, 2, 3, 4, 5, 7, 8, 9, 10, 11)),
    Garment("shoes04", Label.SHOES, "fm", parts=(0, 1)),
    Garment("shoes05", Label.SHOES, "fm", parts=(0, 1)),
    Garment("shoes06", Label.SHOES, "fm", parts=(0, 1), held_out=True),
)

SOCKS = (
    Garment("shoes01", Label.LEGWEAR, "m", parts=(2, 3)),
    Garment("shoes02", Label.LEGWEAR, "fm", parts=(2, 3)),
    Garment("shoes03", Label.LEGWEAR, "fm", parts=(0, 6)),
    Garment("shoes04", Label.LEGWEAR, "fm", parts=(2, 3)),
    Garment("shoes05", Label.LEGWEAR, "fm", parts=(2, 3)),
    Garment("shoes06", Label.LEGWEAR, "fm", parts=(2, 3), held_out=True),
)
"""The socks in the shoes of the same asset."""


@lru_cache(maxsize=64)
def _asset(folder: Path) -> Asset:
    return load_asset(folder)


def make(folder: Path, garment: Garment, body: np.ndarray) -> Cloth:
    """A garment fitted to a shaped body at rest.

    Args:
        folder: of the MakeHuman assets.
        garment: which piece of which asset.
        body: ``(19158, 3)`` of :func:`tryon.synth.body.shape_body`.

    Raises:
        DataError: the asset is missing or damaged.
    """
    asset = _asset(folder / "clothes" / garment.asset)
    keep = np.ones(len(asset.faces), bool)
    if garment.parts:
        keep &= np.isin(asset.part, garment.parts)
    if garment.islands:
        keep &= np.isin(asset.island, garment.islands)
    if garment.light is not None:
        side = np.array(asset.texture.shape[1::-1])
        texel = np.clip(asset.uv[asset.face_uv].mean(1) * side, 0, side - 1).astype(int)
        keep &= (asset.texture[texel[:, 1], texel[:, 0], :3].mean(1) > 105) == garment.light
    cloth = keep_faces(as_cloth(asset, garment.label, body), keep)
    if garment.below is not None:
        cloth = clip(cloth, garment.below - cloth.canonical[:, 1])
    return cloth


def hidden_skin(folder: Path, garment: Garment) -> np.ndarray:
    """``(19158,)`` ``bool``: base vertices that a shoe's author hides under it, as far as it reaches up.

    For shoes only: toes are too thin for :func:`tryon.synth.drape.covered`, while clothes are cut by tailoring.
    """
    asset = _asset(folder / "clothes" / garment.asset)
    base = base_mesh().vertices
    used = np.unique(asset.faces[np.isin(asset.part, garment.parts)] if garment.parts else asset.faces)
    return asset.hides & (base[:, 1] < fit(asset, base)[used, 1].max() - 0.03)


def as_cloth(asset: Asset, label: Label, body: np.ndarray) -> Cloth:
    """A whole asset on a shaped body."""
    return Cloth(
        name=asset.name,
        label=label,
        vertices=fit(asset, body),
        canonical=fit(asset, base_mesh().vertices),
        weights=skin_weights(asset),
        faces=asset.faces,
        uv=asset.uv[asset.face_uv],
        texture=asset.texture,
    )


def _on_arm(cloth: Cloth) -> np.ndarray:
    names = base_mesh().joint_names
    return cloth.weights[:, [i for i, n in enumerate(names) if "Arm" in n or "Hand" in n]].sum(1) > 0.4


def hem_of(cloth: Cloth) -> float:
    """Height of a garment's lowest point, sleeves aside, on the base mesh."""
    return float(cloth.canonical[~_on_arm(cloth), 1].min())


def shorten_sleeves(cloth: Cloth, length: float) -> Cloth:
    """Sleeves cut ``length`` meters from the shoulder along the arm (the elbow is at .22)."""
    x, y = np.abs(cloth.canonical[:, 0]), cloth.canonical[:, 1]
    along = (x - 0.17) * 0.635 + (0.52 - y) * 0.77
    return clip(cloth, np.where(_on_arm(cloth), length - along, 0.1))


def open_front(cloth: Cloth, gap: float) -> Cloth:
    """The front cut open from the hem to the neck, ``gap`` meters wide at the hem and half of that at the neck."""
    x, y, z = cloth.canonical.T
    half = gap / 2 * np.clip(1 - (y - 0.1) / 0.9, 0.3, 1)
    return clip(cloth, np.where(z > 0.02, np.abs(x) - half, 0.1))


def let_down(cloth: Cloth, joints: np.ndarray, hem: float, flare: float, folds: float, phase: float) -> Cloth:
    """Another length and width below the hips, of skirts, dresses and coats; short shirts are let down from the waist.

    Args:
        cloth: the garment.
        joints: ``(J, 3)`` of the shaped body.
        hem: height of the new hem on the base mesh; longer garments are cut, shorter ones stretched.
        flare: share by which each meter below the hips widens the garment.
        folds: depth of the folds half a meter below the hips, in meters.
        phase: radians by which the folds are turned.
    """
    lowest = hem_of(cloth)
    cut = max(hem, lowest + _HEM if lowest > -0.1 else lowest)  # a wavy hem would be stretched into spikes
    if cut > lowest:
        cloth = clip(cloth, np.where(_on_arm(cloth), 0.1, cloth.canonical[:, 1] - cut))
    start = max(WAIST, cut + 0.1) if lowest > -0.1 else HIPS
    names = base_mesh().joint_names
    hips, foot = (float(joints[names.index(n), 1]) for n in ("Hips", "LeftFoot"))
    legs = (hips - foot) / (_HIP_JOINT - _ANKLE)
    stretch = (start - hem) / max(start - cut, 0.05)
    # Told on the base mesh, the drop is the same all along the hem, which stays level.
    drop = np.where(_on_arm(cloth), 0, np.maximum(start - cloth.canonical[:, 1], 0)) * legs
    vertices = cloth.vertices.copy()
    vertices[:, 1] -= drop * (stretch - 1)
    drop = np.where(_on_arm(cloth), 0, np.maximum(hips - 0.06 - vertices[:, 1], 0))
    center = np.median(vertices[:, 2])
    angle = np.arctan2(vertices[:, 0], vertices[:, 2] - center)
    # Two waves of different length look less like a machine's pleats than one does.
    wave = np.sin(9 * angle + phase) + 0.5 * np.sin(14 * angle - 2 * phase)
    wider = 1 + flare * drop + folds * wave * np.minimum(drop / 0.5, 1.2) / 0.25
    vertices[:, 0] *= wider
    vertices[:, 2] = center + (vertices[:, 2] - center) * wider
    return replace(cloth, vertices=vertices)
