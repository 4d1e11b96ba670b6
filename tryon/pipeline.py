"""The way a photo takes: read the person, read the garment, normalize, align, render. Nothing else happens here."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar, get_args

import numpy as np

from appearance_flow.refine import Refiner
from appearance_flow.warp import warp
from hpn.network import POSE_TRANSFER
from tryon.body.poses import named_pose
from tryon.body.skeleton import NAMES
from tryon.body.stance import facing
from tryon.core.checks import check_choice, check_kinds, check_pose
from tryon.core.engine import Network, engine_of, load, ready
from tryon.core.errors import (
    CheckpointError,
    GarmentNotFoundError,
    NobodyFoundError,
    PersonNotFoundError,
    about,
)
from tryon.core.photo import Photo, Source, as_photo
from tryon.outfit import BelowPolicy, Inner, choose, plan, untucked, wears
from tryon.read.flat.garment import take_flat
from tryon.read.flat.read import FlatReader
from tryon.read.parser.network import PARSER
from tryon.read.parser.read import parse_person
from tryon.read.person import count_people, hips_shown, read_person
from tryon.read.pose.network import POSE
from tryon.read.repair import repaired
from tryon.read.worn import enlarged, take_worn, unworn
from tryon.render.composite.network import composited
from tryon.render.render import render
from tryon.render.undress import take_off
from tryon.repose.transfer import in_photo, needs_normalizing, normalized_pose, outline, transfer
from tryon.types import Box, Garment, Person, TryOnResult, Tuck

_load_hpn = partial(load, POSE_TRANSFER)
T = TypeVar("T")
OnStage = Callable[[str, int, int], None]
Normalize = Literal["auto", "always", "never"]
GarmentPhoto = Literal["auto", "worn", "flat"]
STAGES = ("warp", "take_off", "render")
_FOLDERS = ("parser", "pose", "flow", "amodal", "matte", "points")


class TryOn:
    """Puts the garment of one photo on the person of another.

    Reading a person is the dear part and separate, so that one person can try many garments::

        tryon = TryOn.from_pretrained()
        person = tryon.read_person("person.jpg")
        garment = tryon.read_garment("other.jpg")
        photo.save(tryon(person, garment).image, "out.png")

    One object may be used from several threads at once.
    """

    def __init__(
        self,
        parser: Network,
        pose: Network,
        hpn: Network | Callable[[], Network] = _load_hpn,
        refiner: Refiner | None = None,
        flat: FlatReader | Callable[[], FlatReader] = FlatReader.from_pretrained,
        render: Network | None = None,
        *,
        mirror: bool = True,
    ):
        """Use networks that are loaded already: of :func:`tryon.core.engine.load`, or modules of PyTorch.

        Args:
            parser: finds people and labels what they wear.
            pose: finds their key points.
            hpn: brings them into another pose; or what loads it, called when that is first asked for.
            refiner: completes garments and corrects the pose flow by which they are carried over; without it, what is
                seen of them is carried over by the pose flow as it is.
            flat: reads garments that nobody wears; or what loads it, called when a garment photo is first read.
            render: composes what neither photo shows; without it, that is what the rules make of it.
            mirror: average every reading with that of the mirrored photo: steadier, twice the time.
        """
        self.parser, self.pose = ready(parser), ready(pose)
        self.mirror = mirror
        self._hpn, self._flat = hpn, flat
        self._refiner = refiner
        self._render = ready(render) if render else None
        self._loading = threading.Lock()

    @classmethod
    def from_pretrained(cls, weights: str | Path | None = None, *, mirror: bool = True) -> "TryOn":
        """Load the released networks, or those in the folders of their names in ``weights``.

        HPN is not loaded, and may be missing, until somebody is brought into another pose.

        Raises:
            CheckpointError, DependencyError: weights, or what runs them, are missing or damaged.
            KindError: ``weights`` is no path.
        """
        check_kinds((weights,), (str | Path | None,), "the path of a folder, as text or a Path")
        folder = None if weights is None else Path(weights)
        if folder and not all((folder / name).is_dir() for name in _FOLDERS):
            raise CheckpointError(
                f"no weights at {folder}: expected the folders {', '.join(_FOLDERS)} in it, and hpn to normalize; copy "
                "the folder weights of a training of each there, under these names"
            )
        parser, pose = load(PARSER, folder and folder / "parser"), load(POSE, folder and folder / "pose")
        hpn = partial(load, POSE_TRANSFER, folder and folder / "hpn")
        refiner = Refiner.from_pretrained(folder)
        return cls(parser, pose, hpn, refiner, partial(FlatReader.from_pretrained, folder), mirror=mirror)

    @property
    def engine(self) -> str:
        """What runs the networks that are loaded: ``onnxruntime``, ``torch``, or ``onnxruntime and torch``."""
        networks = [self.parser, self.pose, self._hpn, self._render]
        networks += [self._refiner.flow, self._refiner.amodal] if self._refiner else []
        networks += [self._flat.matte, self._flat.points] if isinstance(self._flat, FlatReader) else []
        return " and ".join(sorted({engine_of(one) for one in networks if isinstance(one, Network)}))

    def count_people(self, photo: Source | Photo) -> tuple[list[Box], int]:
        """Everybody in a photo, to choose one for :meth:`read_person`.

        Args:
            photo: as for :meth:`read_person`.

        Returns:
            Their boxes in pixels of the photo, from left to right: the first is person 1. And the number of the largest
            and most central one, who is read by default.

        Raises:
            PersonNotFoundError: nobody is there.
        """
        return count_people(self.parser, self.pose, as_photo(photo, "photo").image)

    def read_person(self, photo: Source | Photo, *, person: int | None = None) -> Person:
        """Find a person in a photo and read key points and label map.

        Args:
            photo: ``(H, W, 3)`` ``uint8`` RGB; or a path, the bytes of a file or a Pillow image, which
                :func:`tryon.core.photo.read` reads.
            person: which one, counted from the left, from 1; by default the one who is largest and most central.

        Raises:
            PhotoTurnedError: the photo lies on its side or is upside down.
            PersonNotFoundError: nobody is there, or not that many people, or shoulders are not in the photo.
            ConfigError: ``person`` is no whole number from 1.
            InputImageError: the photo cannot be read, or has sides of less than 32 pixels.
            ShapeError: an array of another shape or type.
        """
        taken = as_photo(photo, "photo")
        photo = taken.image
        found = read_person(self.parser, self.pose, photo, person, mirror=self.mirror)
        if taken.notes:
            found = replace(found, warnings=(*taken.notes, *found.warnings))
        return repaired(found)

    def read_garment(
        self,
        photo: Source | Photo,
        *,
        category: str = "auto",
        person: int | None = None,
        garment_photo: GarmentPhoto = "auto",
    ) -> Garment:
        """Read the garment that a photo shows: worn by somebody, lying flat, hanging, or on an unseen mannequin.

        Args:
            photo: as in :meth:`read_person`.
            category: ``auto`` (what is worn outermost on the upper body, or what lies there), ``upper``, ``outer``,
                ``dress``, ``lower`` or ``outfit``.
            person, garment_photo: as in :meth:`read_wearer`.

        Raises:
            PhotoTurnedError: the photo lies on its side or is upside down.
            PersonNotFoundError: nobody is there, or nobody wears the garment.
            GarmentNotFoundError: the photo does not show a garment of the category, or too little of it, or shows
                underwear, swimwear, shoes, a heap of cloth, or nothing of the kind.
            ConfigError: an unknown category or ``garment_photo``.
            CheckpointError: weights are missing or damaged.
            InputImageError, ShapeError: as in :meth:`read_person`.
        """
        wearer = self.read_wearer(photo, person=person, garment_photo=garment_photo)
        return self.take_garment(wearer, category=category)

    def read_wearer(
        self, photo: Source | Photo, *, person: int | None = None, garment_photo: GarmentPhoto = "auto"
    ) -> Person:
        """The part of :meth:`read_garment` that is the same for all garments that somebody wears.

        Args:
            photo: as in :meth:`read_person`.
            person: which wearer, counted from the left, from 1; of garments that nobody wears, which garment.
            garment_photo: ``worn`` by somebody, ``flat`` without a wearer, or ``auto``, as the photo looks.

        Returns:
            Who wears them, for :meth:`take_garment`; a garment that nobody wears comes as if somebody did.

        Raises: as :meth:`read_garment`.
        """
        check_choice("garment_photo", garment_photo, get_args(GarmentPhoto))
        with about("garment photo"):
            taken = as_photo(photo, "photo")
            if lying := self._read_flat(taken, person, garment_photo):
                return lying
            try:
                return self.read_person(taken, person=person)
            except NobodyFoundError as error:
                if garment_photo == "auto":
                    self._flat_reader().refuse_nothing(taken.image)
                raise NobodyFoundError(unworn(taken.image.shape[:2])) from error

    def nobody_wears(self, photo: Source | Photo) -> bool:
        """Whether a photo, as in :meth:`read_person`, shows a garment lying, hanging or on an unseen mannequin."""
        return self._flat_reader().nobody_wears(as_photo(photo, "photo").image)

    def _flat_reader(self) -> FlatReader:
        with self._loading:
            if not isinstance(self._flat, FlatReader):
                self._flat = self._flat()
            return self._flat

    def _read_flat(self, taken: Photo, item: int | None, garment_photo: GarmentPhoto) -> Person | None:
        """The garment of a photo that nobody wears; ``None`` where somebody does."""
        if garment_photo == "worn":
            return None
        reader = self._flat_reader()
        alone, notes = reader.look(taken.image) if garment_photo == "auto" else (True, ())
        if not alone:
            return None
        lying = reader.read(taken.image, item)
        return replace(lying, warnings=(*taken.notes, *notes, *lying.warnings))

    def take_garment(self, wearer: Person, *, category: str = "auto") -> Garment:
        """The garment of a photo that was read already; errors as in :meth:`read_garment`."""
        check_kinds((wearer,), (Person,), "a Person, from read_wearer")
        with about("garment photo"):
            return take_worn(wearer, category) if wearer.kinds is None else take_flat(wearer, category)

    def normalize(self, person: Person, *, background: str = "original") -> Person:
        """The person upright and frontal, the arms off the body as far as they are seen; otherwise as :meth:`transfer`.

        An arm that stays as it is, because too little of it is seen, is warned of.
        """
        check_kinds((person,), (Person,), "a Person, from read_person")
        keypoints, notes = normalized_pose(person)
        reason = needs_normalizing(person)
        changed = "the person was brought into the canonical pose"
        posed = self._posed(person, keypoints, background, f"{changed}, because {reason}" if reason else changed)
        return replace(posed, warnings=tuple(dict.fromkeys((*posed.warnings, *notes)))) if notes else posed

    def transfer(self, person: Person, keypoints: np.ndarray | str, *, background: str = "original") -> Person:
        """The person in another pose, in a photo of the same size.

        Args:
            person: from :meth:`read_person`.
            keypoints: ``(18, 3)`` of the new pose in pixels of the photo, from :mod:`tryon.body.poses`; or the name of
                a pose: ``canonical``, ``arms-down`` or ``arms-out``.
            background: ``original``, with what the person uncovers filled in; ``plain``; or a color as ``#rrggbb``.

        Returns:
            The new photo, with key points and label map, and a warning that the pose was changed; ``person`` itself
            where pose and background are the old ones. Limbs that would lie outside of the photo are warned of.

        Raises:
            PersonNotFoundError: fewer than eight key points of either pose in the photo, or no shoulders.
            ConfigError: an unknown background or name; or key points that are not finite, not in pixels, upside down,
                or all outside of the photo.
            ShapeError: key points of another shape.
            CheckpointError: the weights of HPN are missing or damaged.
        """
        check_kinds((person,), (Person,), "a Person, from read_person")
        size = person.photo.shape[:2]
        if isinstance(keypoints, str):
            points = named_pose(keypoints, person.keypoints, size)
        else:
            points = in_photo(check_pose(keypoints, "keypoints"), size, person.keypoints)
        return self._posed(person, points, background, "the pose of the person was changed")

    def _posed(self, person: Person, keypoints: np.ndarray, background: str, warning: str) -> Person:
        with self._loading:
            if not isinstance(self._hpn, Network):
                self._hpn = self._hpn()
        done = transfer(self._hpn, person, keypoints, background)
        outside = [
            name for name, old, new in zip(NAMES, person.keypoints, keypoints, strict=True) if old[2] > 0 >= new[2]
        ]
        if outside:
            words = f"the new pose leaves the photo at the {', '.join(outside)}; more space around the person helps"
            person = replace(person, warnings=tuple(dict.fromkeys((*person.warnings, words))))
        if not done.mask.any():
            return person
        parsing = parse_person(self.parser, done.image, outline(done), mirror=self.mirror)
        posed = replace(person, photo=done.image, parsing=parsing, box=outline(done).box, reposed=done.mask)
        if done.moved:
            posed = replace(posed, keypoints=done.keypoints, facing=facing(done.keypoints))
            posed = replace(posed, warnings=tuple(dict.fromkeys((*person.warnings, warning))))
        return posed

    def __call__(
        self,
        person: Person,
        garment: Garment,
        *,
        below: BelowPolicy = "auto",
        tuck: Tuck = "auto",
        inner: Inner = "bring",
        normalize: Normalize = "never",
        on_stage: OnStage | None = None,
    ) -> TryOnResult:
        """Dress the person in the garment.

        Args:
            person: from :meth:`read_person`.
            garment: from :meth:`read_garment`.
            below, tuck, inner: as of :func:`tryon.outfit.plan`.
            normalize: bring the person into the canonical pose first: ``auto`` where arms lie over the torso or the
                shoulders are turned, ``always``, or ``never``. The garment's wearer follows, unless ``never``, where
                their arms or turn hide the garment.
            on_stage: called before each stage with its name, its number from 0 and the number of stages.

        Raises:
            KindError: something else than a person and a garment.
            ConfigError: an unknown ``below``, ``tuck``, ``inner`` or ``normalize``.
            PersonNotFoundError: a garment for the lower body, and a photo that ends above the hips; or a person to be
                normalized of whom fewer than eight key points are seen.
            CheckpointError: somebody is to be normalized, and the weights of HPN are missing or damaged.
        """
        check_kinds((person, garment), (Person, Garment), "a Person and a Garment, from read_person and read_garment")
        check_choice("below", below, get_args(BelowPolicy))
        check_choice("tuck", tuck, get_args(Tuck))
        check_choice("inner", inner, get_args(Inner))
        check_choice("normalize", normalize, get_args(Normalize))
        if garment.category == "lower" and not hips_shown(person):
            raise PersonNotFoundError(
                "person photo: it ends above the hips, from which trousers and skirts hang; "
                "use a photo that shows the legs, or another --category"
            )
        timings: dict[str, float] = {}
        stages = STAGES if normalize == "never" else ("normalize", *STAGES)

        def timed(name: str, work: Callable[..., T], *arguments: object) -> T:
            if on_stage:
                on_stage(name, stages.index(name), len(stages))
            start = time.perf_counter()
            result = work(*arguments)
            timings[name] = time.perf_counter() - start
            return result

        given = person.photo
        if normalize != "never":
            person, garment = timed("normalize", self._normalized, person, garment, normalize)
        swap = plan(person, garment, below, tuck, inner)
        worn = wears(person, garment, swap)
        warped = timed("warp", warp, person, garment, swap, None if worn else self._refiner)
        undressed = timed("take_off", take_off, person, garment, swap, warped)
        undressed = undressed.unchanged() if worn else undressed
        compose = partial(composited, self._render) if self._render else None
        done = timed("render", render, person, garment, swap, warped, undressed, compose)
        warnings = (
            *(f"person photo: {warning}" for warning in person.warnings),
            *(f"garment photo: {warning}" for warning in garment.warnings),
            *(f"garment photo: {warning}" for warning in enlarged(person.body, garment.source.body)),
            *warped.notes,
            *undressed.notes,
            *untucked(tuck, garment.category),
        )
        reposed = None if person.photo is given else person.reposed  # not by an earlier change of pose
        return TryOnResult(
            image=done.image,
            mask=done.mask if reposed is None else done.mask | reposed,
            warped_garment=done.warped_garment,
            flow=done.flow,
            person=person,
            garment=garment,
            timings=timings,
            warnings=tuple(dict.fromkeys(warnings)),
        )

    def _normalized(self, person: Person, garment: Garment, normalize: Normalize) -> tuple[Person, Garment]:
        if normalize == "always" or needs_normalizing(person):
            with about("person photo"):
                person = self.normalize(person)
        if garment.source.kinds is None and needs_normalizing(garment.source):
            with about("garment photo"):
                wearer = self.normalize(garment.source)
            try:
                category, labels = choose(wearer.parsing, wearer.keypoints, garment.category)
            except GarmentNotFoundError:  # it was read as something else: better hidden than lost
                return person, garment
            new = wearer.warnings[len(garment.source.warnings) :]
            garment = Garment(wearer, category, labels, (*garment.warnings, *new))
        return person, garment
