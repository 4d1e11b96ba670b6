"""Random people, pose pairs and try-on triplets from rigged avatars, with exact flow: as many as one likes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from torch.utils.data import IterableDataset, get_worker_info

from tryon.core.errors import DataError
from tryon.synth.backdrop import Backdrop, random_backdrop
from tryon.synth.dressing import CLOTHES, dress
from tryon.synth.poses import STANCES, clear_torso, least_overlap, natural_pose, retarget, street_poses
from tryon.synth.raycast import Light
from tryon.synth.recolor import fabric_photos, recolor
from tryon.synth.render import ATLAS_LABELS, Camera, Render, atlas_labels, random_view, render
from tryon.synth.rig import Avatar, Pose, load_avatar
from tryon.synth.surface import exact_flow
from tryon.types import PairSample, PersonSample, TripletSample

Kind = Literal["people", "pairs", "triplets"]
Split = Literal["train", "val", "all"]
Sample = PersonSample | PairSample | TripletSample

VALIDATION_PEOPLE = frozenset({"AIAN_M_1", "Asian_M_2", "Black_M_1", "MENA_F_2", "NHPI_M_2"})
VALIDATION_OUTFIT = "Util"
"""The coverall is nearly the same on all ten who have it, and nothing else looks like it: to hold it out takes one
garment from training, while the other uniforms are the only jackets, ties and long coats."""
_STREET = 0.3  # share of the poses that come from photos, where there are some
_SOURCE_STANCES = {
    "arms crossed": 0.14, "arm across": 0.16, "hands in front": 0.1, "hand on hip": 0.14, "hands in pockets": 0.16,
    "standing": 0.06, "contrapposto": 0.06, "walking": 0.08, "arm raised": 0.05, "anything": 0.05,
}  # fmt: skip
_CANONICAL = 0.4  # share of the pairs whose target stands upright and faces the camera
_RECOLORED = 0.75  # share of the people whose clothes are changed
_YAW = np.pi / 4
_HEIGHT = 1.78  # meters: most heads end below
_KEPT = 32  # avatars in memory


def split_of(avatar: str) -> str | None:
    """``train`` or ``val`` for an avatar such as ``White_F_1_Casual``.

    The validation people are kept in all outfits; nobody wears the validation outfit in training, so that its other
    wearers (``None``) are in neither split. Their clothes are put on the validation people, see :class:`Studio`.
    """
    if _who(avatar) in VALIDATION_PEOPLE:
        return "val"
    return None if outfit_of(avatar) == VALIDATION_OUTFIT else "train"


def outfit_of(avatar: str) -> str:
    """What an avatar wears: ``Casual`` for ``White_F_1_Casual``; of one in the clothes of another, what these are."""
    return avatar.rpartition("_")[2]


def _who(avatar: str) -> str:
    return avatar.split("+")[0].rpartition("_")[0]


class Studio:
    """Makes random samples of one split. Equal random generators give equal samples.

    Args:
        avatars: folder of ``.glb`` files of the VALID library; those with a label atlas are used.
        split: divides people, one outfit and the fabrics; ``all`` takes every avatar and fabric.
        size: height and width of the pictures.
        poses: a clothing-co-parsing folder with 3-D key points, of whose training photos some poses are taken.
        garments: a folder with photos of garments, whose fabrics are put on some of the clothes.
        stances: the only ones of :data:`tryon.synth.poses.STANCES` to take, if any; street poses are left out then.

    Raises:
        DataError: a folder is missing or lacks what is needed.
    """

    def __init__(
        self,
        avatars: Path,
        split: Split = "train",
        size: tuple[int, int] = (512, 384),
        poses: Path | None = None,
        garments: Path | None = None,
        stances: Sequence[str] = (),
    ):
        paths = [path for path in sorted(avatars.glob("*.glb")) if (ATLAS_LABELS / f"{path.stem}.png").is_file()]
        self.names = [path.stem for path in paths if split in ("all", split_of(path.stem))]
        if not self.names:
            raise DataError(f"no labeled avatar for {split} in {avatars}; expected the .glb files of the VALID library")
        lent = {path.stem for path in paths if split == "val" and outfit_of(path.stem) == VALIDATION_OUTFIT}
        self.paths = {path.stem: path for path in paths if path.stem in lent.union(self.names)}
        sexes = {name: name.split("_")[-3] for name in self.paths}
        others = {
            name: [other for other in self.paths if sexes[other] == sexes[name] and _who(other) != _who(name)]
            for name in self.names
        }
        self.partners = {name: wearers for name, wearers in others.items() if wearers}
        """For each avatar those whose clothes it can put on: of its split, and for validation all who wear the outfit
        that training never sees, who are themselves not shown as the person."""
        self.size = size
        self.stances = list(stances)
        self.street = street_poses(poses) if poses and not stances else []
        self.fabrics = fabric_photos(garments, split) if garments else []
        # What a small picture shows needs neither smooth shadows nor the 2048 texels of the files.
        self.rays = 6 if size[0] <= 256 else 8
        texels = 512 if size[0] <= 256 else 1024 if size[0] <= 768 else 2048
        self.load = lru_cache(maxsize=_KEPT)(lambda name: load_avatar(self.paths[name], texels))
        """Reads an avatar by its name; those of late are kept."""

    def sample(self, kind: Kind, rng: np.random.Generator) -> Sample:
        """A random sample of one kind."""
        if kind == "pairs":
            return self.pair(rng)
        return self.triplet(rng) if kind == "triplets" else self.person(rng)

    def person(self, rng: np.random.Generator) -> PersonSample:
        """One person in any pose, from around, in front of any backdrop."""
        avatar, atlas = self._dressed(str(rng.choice(self.names)), rng)
        street = 0.5 if self.street else 0
        pose = self._street_pose(avatar, rng) if rng.random() < street else self._any_pose(avatar, rng)
        camera, light = random_view(rng)
        return _person(self._shoot(avatar, atlas, pose, camera, light, random_backdrop(rng), rng))

    def pair(self, rng: np.random.Generator) -> PairSample:
        """One person in two poses before one backdrop, turned by up to 45 degrees.

        The source often has arms across the torso, hands on the hips or in the pockets; the target often stands
        upright, facing the camera, with its arms a little away from the body.
        """
        avatar, atlas = self._dressed(str(rng.choice(self.names)), rng)
        backdrop = random_backdrop(rng)
        camera, light = _view(rng)
        source = self._shoot(avatar, atlas, self._source_pose(avatar, rng), camera, light, backdrop, rng)
        canonical = rng.random() < _CANONICAL
        if rng.random() < 0.3:
            camera, _ = _turned(_view(rng)[0], light, camera.yaw)
        yaw = 0.0 if canonical else camera.yaw if rng.random() < 0.3 else rng.uniform(-_YAW, _YAW)
        camera, light = _turned(camera, light, yaw)
        pose = natural_pose(avatar, "canonical", rng) if canonical else self._source_pose(avatar, rng)
        target = self._shoot(avatar, atlas, pose, camera, light, backdrop, rng)
        flow, visible = exact_flow(source, target)
        return PairSample(_person(source), _person(target), flow, visible, avatar.name)

    def triplet(self, rng: np.random.Generator) -> TripletSample:
        """A person, somebody else of the same sex in other clothes, and the person in the clothes of the other.

        The third picture has the pose, camera, light and backdrop of the first; its flow leads to the second and is
        given on the clothes only.
        """
        if not self.partners:
            raise DataError("no two people of one sex among the avatars; give a folder with more people")
        name = str(rng.choice(list(self.partners)))
        avatar, atlas = self._dressed(name, rng)
        other, other_atlas = self._dressed(str(rng.choice(self.partners[name])), rng)
        camera, light = _view(rng)
        backdrop, seed = random_backdrop(rng), int(rng.integers(2**32))
        pose = self._source_pose(avatar, rng)
        person = self._shoot(avatar, atlas, pose, camera, light, backdrop, np.random.default_rng(seed))
        dressed, dressed_atlas = dress(avatar, atlas, other, other_atlas)
        target = self._shoot(
            dressed, dressed_atlas, pose, camera, light, backdrop, np.random.default_rng(seed), person.lift
        )
        pose, view = self._source_pose(other, rng), _view(rng)
        garment = self._shoot(other, other_atlas, pose, *view, random_backdrop(rng), rng)
        shared = (target.triangle < (other.face_mesh == 0).sum()) & np.isin(target.parsing, CLOTHES)
        flow, visible = exact_flow(garment, target, shared)
        return TripletSample(_person(person), _person(garment), _person(target), flow, visible, dressed.name)

    def _dressed(self, name: str, rng: np.random.Generator) -> tuple[Avatar, np.ndarray]:
        avatar, atlas = self.load(name), atlas_labels(name)
        return (recolor(avatar, atlas, rng, self.fabrics) if rng.random() < _RECOLORED else avatar), atlas

    def _any_pose(self, avatar: Avatar, rng: np.random.Generator) -> Pose:
        return natural_pose(avatar, str(rng.choice(self.stances or list(STANCES))), rng)

    def _source_pose(self, avatar: Avatar, rng: np.random.Generator) -> Pose:
        if self.stances:
            return self._any_pose(avatar, rng)
        if self.street and rng.random() < _STREET:
            return self._street_pose(avatar, rng)
        stance = rng.choice(list(_SOURCE_STANCES), p=list(_SOURCE_STANCES.values()))
        return natural_pose(avatar, str(stance), rng)

    def _street_pose(self, avatar: Avatar, rng: np.random.Generator) -> Pose:
        def draws() -> Iterator[Pose]:
            for index in rng.permutation(len(self.street))[:12]:
                if stance := retarget(self.street[index]):
                    yield clear_torso(avatar, *stance)
            yield self._any_pose(avatar, rng)

        return least_overlap(avatar, draws())

    def _shoot(
        self,
        avatar: Avatar,
        atlas: np.ndarray,
        pose: Pose,
        camera: Camera,
        light: Light,
        backdrop: Backdrop,
        rng: np.random.Generator,
        lift: float | None = None,
    ) -> Render:
        seed = int(rng.integers(2**32))
        return render(
            avatar, pose, camera, light, backdrop, atlas, self.size, samples=2, rays=self.rays, seed=seed, lift=lift
        )


class EndlessRenders(IterableDataset):
    """Samples of a :class:`Studio` without end and without files, for ``torch.utils.data.DataLoader``.

    Every worker of the loader has its own random numbers. Items are samples, not tensors: give the loader
    ``batch_size=None``, or a ``collate_fn``.

    Args:
        studio: makes the samples.
        kind: which ones.
        seed: equal seeds give equal samples; give each process of a distributed training its own.
    """

    def __init__(self, studio: Studio, kind: Kind, seed: int = 0):
        self.studio, self.kind, self.seed = studio, kind, seed

    def __iter__(self) -> Iterator[Sample]:
        worker = get_worker_info()
        rng = np.random.default_rng((self.seed, worker.id if worker else 0))
        while True:
            yield self.studio.sample(self.kind, rng)


def _view(rng: np.random.Generator) -> tuple[Camera, Light]:
    """A random view within 45 degrees of the front, with the head in the picture."""
    camera, light = random_view(rng)
    camera = replace(camera, target=max(camera.target, _HEIGHT - camera.span / 2))
    return _turned(camera, light, rng.uniform(-_YAW, _YAW))


def _turned(camera: Camera, light: Light, yaw: float) -> tuple[Camera, Light]:
    """The camera at ``yaw``, with the light where it was as seen from the camera: the person has turned."""
    return replace(camera, yaw=float(yaw)), replace(light, yaw=light.yaw + float(yaw) - camera.yaw)


def _person(picture: Render) -> PersonSample:
    name = picture.scene.avatar.name
    return PersonSample(picture.image, picture.keypoints, picture.parsing, name, _who(name))
