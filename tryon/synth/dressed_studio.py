"""Random samples of dressed bodies: people, pose pairs, and garments lying flat beside the same garments worn."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from tryon.core.errors import DataError
from tryon.core.labels import UNKNOWN
from tryon.synth.backdrop import Backdrop, random_backdrop
from tryon.synth.dressed import (
    DressedPerson,
    Look,
    UndressedError,
    pose_person,
    random_look,
    wear,
)
from tryon.synth.fabric import read_swatches
from tryon.synth.flat import lay_flat
from tryon.synth.makehuman import licenses
from tryon.synth.outfits import choose_outfit, choose_tights, exchange
from tryon.synth.poses import STANCES, clear_torso, least_overlap, natural_pose, retarget, street_poses
from tryon.synth.raycast import Light
from tryon.synth.recolor import fabric_photos
from tryon.synth.render import Camera, Render, random_view, render
from tryon.synth.rig import Avatar, Pose
from tryon.synth.surface import exact_flow
from tryon.types import PairSample, PersonSample, TripletSample

_YAW = np.pi / 4
_RAYS = 10
_WHOLE = 0.93  # share of a garment that has to be left uncovered for it to be shown lying flat
_TRIES = 40


def random_person(
    rng: np.random.Generator, folder: Path, identity: str, held_out: bool, swatches: list[np.ndarray]
) -> DressedPerson:
    """Somebody in random clothes; see :func:`random_look` and :func:`dress`."""
    return dress(rng, random_look(rng, folder, identity), folder, held_out, swatches)


def dress(
    rng: np.random.Generator, look: Look, folder: Path, held_out: bool, swatches: list[np.ndarray]
) -> DressedPerson:
    """Somebody in random clothes that cover this body; see :func:`tryon.synth.outfits.choose_outfit`, :func:`wear`.

    Raises:
        UndressedError: no such clothes were found in some tries.
        DataError: an asset is missing or damaged.
    """
    for _ in range(_TRIES):
        outfit = choose_outfit(rng, look.shape.female, held_out)
        with suppress(UndressedError):  # as a short skirt on a tall body does
            return wear(look, outfit, folder, swatches, choose_tights(rng, outfit, look.shape.female))
    raise UndressedError(f"{_TRIES} outfits leave the body bare; expected one in a few, are skirts and trousers there?")


class DressedStudio:
    """Makes random samples of one split; equal random generators give equal samples.

    Everybody is somebody else, so that no identity can stand in two splits; the validation split wears at least one
    of the garments that training never sees, and other fabrics.

    Args:
        folder: of MakeHuman assets, see :mod:`tryon.synth.makehuman`.
        split: ``train`` or ``val``.
        size: height and width of the pictures.
        poses: a clothing-co-parsing folder with 3-D key points, of whose training photos some poses are taken.
        garments: a folder with photos of garments, whose fabrics are put on some of the clothes.
        stances: the only ones of :data:`tryon.synth.poses.STANCES` to take, if any; street poses are left out then.

    Raises:
        DataError: a folder is missing or lacks what is needed.
    """

    def __init__(
        self,
        folder: Path,
        split: Literal["train", "val"] = "train",
        size: tuple[int, int] = (512, 384),
        poses: Path | None = None,
        garments: Path | None = None,
        stances: Sequence[str] = (),
    ):
        licenses(folder)  # tells at once that it is the wrong folder
        self.folder, self.split, self.size = folder, split, size
        self.stances = list(stances)
        self.street = street_poses(poses) if poses and not stances else []
        self.swatches = read_swatches(fabric_photos(garments, split)) if garments else []

    def sample(
        self, kind: Literal["people", "pairs", "triplets"], rng: np.random.Generator
    ) -> PersonSample | PairSample | TripletSample:
        """A random sample of one kind."""
        if kind == "people":
            return self.person(rng)
        return self.pair(rng) if kind == "pairs" else self.triplet(rng)

    def person(self, rng: np.random.Generator, look: Look | None = None) -> PersonSample:
        """One person, anybody or of the look that is given, in any pose, from around, in front of any backdrop."""
        person = self._dress(look, rng) if look else self._somebody(rng)
        posed = pose_person(person, self._pose(person, rng))
        camera, light = random_view(rng)
        seed = int(rng.integers(2**32))
        return _sample(self._shoot(posed, person, camera, light, random_backdrop(rng), seed))

    def pair(self, rng: np.random.Generator) -> PairSample:
        """One person in two poses before one backdrop, each turned by up to 45 degrees."""
        person = self._somebody(rng)
        backdrop = random_backdrop(rng)
        camera, light = random_view(rng)
        pictures = []
        for _ in range(2):
            yaw = float(rng.uniform(-_YAW, _YAW))
            view = replace(camera, yaw=yaw), replace(light, yaw=light.yaw + yaw - camera.yaw)
            posed, seed = pose_person(person, self._pose(person, rng)), int(rng.integers(2**32))
            pictures.append(self._shoot(posed, person, *view, backdrop, seed))
        source, target = pictures
        flow, visible = exact_flow(source, target)
        return PairSample(_sample(source), _sample(target), flow, visible, person.look.identity)

    def triplet(self, rng: np.random.Generator) -> TripletSample:
        """A person, a garment lying flat, and the person wearing it instead of the one that it replaces.

        All else is as in the first picture: the rest of the outfit, hair and shoes, pose, place, light and backdrop.
        Which garment replaces which is said in :func:`tryon.synth.outfits.exchange`. The flow leads from the worn
        garment to the flat one and is given on it only.
        """
        look = random_look(rng, self.folder, _name(rng))
        first, after, layer = self._exchanged(look, rng)
        pose = self._pose(after, rng)
        view, backdrop, seed = random_view(rng), random_backdrop(rng), int(rng.integers(2**32))
        person = self._shoot(pose_person(first, pose), first, *view, backdrop, seed)
        target = self._shoot(pose_person(after, pose), after, *view, backdrop, seed, person.lift)
        garment = lay_flat(after, layer, rng, self.size)
        shown = after.avatar.face_mesh[np.maximum(target.triangle, 0)] == layer
        flow, visible = exact_flow(garment, target, shown)
        visible &= ~_meets(flow, garment.parsing == UNKNOWN)  # cloth is thin: its other side lies at the same place
        still = PersonSample(garment.image, garment.keypoints, garment.parsing, after.layers[layer].name, look.identity)
        return TripletSample(_sample(person), still, _sample(target), flow, visible, look.identity)

    def _exchanged(self, look: Look, rng: np.random.Generator) -> tuple[DressedPerson, DressedPerson, int]:
        """Somebody before and after one garment was exchanged, and the layer of the new one."""
        for _ in range(_TRIES):
            outfit = choose_outfit(rng, look.shape.female, self.split == "val")
            exchanged = exchange(rng, outfit, look.shape.female, self.split == "val")
            if exchanged is None:
                continue
            tights = choose_tights(rng, outfit, look.shape.female)
            with suppress(UndressedError):
                after = wear(look, exchanged[0], self.folder, self.swatches, tights)
                layer = len(after.layers) - 2 - len(after.outfit) + exchanged[1]  # eyes and hair come last
                if after.shown[layer] > _WHOLE:
                    return wear(look, outfit, self.folder, self.swatches, tights), after, layer
        raise DataError(f"no outfit with an uncovered garment was found in {_TRIES} tries; expected one in a few")

    def _somebody(self, rng: np.random.Generator) -> DressedPerson:
        return random_person(rng, self.folder, _name(rng), self.split == "val", self.swatches)

    def _dress(self, look: Look, rng: np.random.Generator) -> DressedPerson:
        return dress(rng, look, self.folder, self.split == "val", self.swatches)

    def _pose(self, person: DressedPerson, rng: np.random.Generator) -> Pose:
        """One of the stances or, half of the time where there are some, of a street photo, without overlaps."""
        street = [s for i in rng.permutation(len(self.street))[:4] if (s := retarget(self.street[i]))]
        if street and rng.random() < 0.5:
            return least_overlap(person.figure, (clear_torso(person.figure, *stance) for stance in street))
        return natural_pose(person.figure, str(rng.choice(self.stances or list(STANCES))), rng)

    def _shoot(
        self,
        avatar: Avatar,
        person: DressedPerson,
        camera: Camera,
        light: Light,
        backdrop: Backdrop,
        seed: int,
        lift: float | None = None,
    ) -> Render:
        return render(avatar, {}, camera, light, backdrop, person.atlas, self.size, rays=_RAYS, seed=seed, lift=lift)


def _meets(flow: np.ndarray, there: np.ndarray) -> np.ndarray:
    """``(H, W)`` ``bool``: pixels whose flow ``(H, W, 2)`` ends nearest to one of the pixels ``there``."""
    found = np.zeros(flow.shape[:2], bool)
    rows, columns = np.nonzero(np.isfinite(flow).all(-1))
    places = np.round(np.stack((columns, rows), 1) + flow[rows, columns]).astype(int)
    x, y = np.clip(places, 0, np.array(there.shape[::-1]) - 1).T
    found[rows, columns] = there[y, x]
    return found


def _name(rng: np.random.Generator) -> str:
    return f"anny_{int(rng.integers(2**48)):012x}"


def _sample(picture: Render) -> PersonSample:
    identity = picture.scene.avatar.name
    # Folders of renders are read with names such as White_F_1_Casual: what comes last is no part of the identity.
    return PersonSample(picture.image, picture.keypoints, picture.parsing, f"{identity}_dressed", identity)
