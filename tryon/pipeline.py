"""The way a photo takes: read the person, read the garment, normalize, align, render. Nothing else happens here."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from hpn.model import HPN
from tryon.body.skeleton import L_HIP, L_SHOULDER, NAMES, R_HIP, R_SHOULDER
from tryon.core.errors import ConfigError, GarmentNotFoundError, NobodyFoundError, PersonNotFoundError
from tryon.outfit import BelowPolicy, choose, scanty
from tryon.read.inference import for_reading
from tryon.read.parser.model import GarmentParser
from tryon.read.parser.read import Candidate, find_people, parse_person, reading_box
from tryon.read.plausible import NOBODY, glance, refuse_contradiction, refuse_turned
from tryon.read.pose.model import PoseEstimator
from tryon.read.pose.read import facing, read_keypoints, seated
from tryon.read.prints import without_prints
from tryon.read.worn import enlarged, refuse_cut, refuse_small, refuse_unworn, unworn
from tryon.render.render import align, render
from tryon.repose.transfer import Transfer, needs_normalizing, normalized_pose, transfer
from tryon.types import Garment, Person, TryOnResult

T = TypeVar("T")
OnStage = Callable[[str, int, int], None]
Normalize = Literal["auto", "always", "never"]
STAGES = ("align", "render")
_NORMALIZE = ("auto", "always", "never")


class TryOn:
    """Puts the garment of one photo on the person of another.

    Reading a person is the dear part and separate, so that one person can try many garments::

        tryon = TryOn.from_pretrained()
        person = tryon.read_person(photo.load("person.jpg"))
        garment = tryon.read_garment(photo.load("other.jpg"))
        photo.save(tryon(person, garment).image, "out.png")

    One object may be used from several threads; the networks run one call at a time.
    """

    def __init__(
        self,
        parser: GarmentParser,
        pose: PoseEstimator,
        hpn: HPN | Callable[[], HPN] = HPN.from_pretrained,
        *,
        mirror: bool = True,
    ):
        """Use networks that are built already.

        Args:
            parser: finds people and labels what they wear.
            pose: finds their key points.
            hpn: brings them into another pose; or what loads it, called when that is first asked for.
            mirror: average every reading with that of the mirrored photo: steadier, twice the time.
        """
        self.parser, self.pose = for_reading(parser), for_reading(pose)
        self.mirror = mirror
        self._hpn = hpn
        self._lock = threading.Lock()

    @classmethod
    def from_pretrained(cls, weights: str | Path | None = None, *, mirror: bool = True) -> "TryOn":
        """Load the released networks, or those in the folders ``parser``, ``pose`` and ``hpn`` of ``weights``.

        The last one is loaded, and may be missing, until somebody is brought into another pose.

        Raises:
            CheckpointError: weights are missing, damaged or of another network.
        """
        folder = None if weights is None else Path(weights)
        parser = GarmentParser.from_pretrained(folder and folder / "parser")
        pose = PoseEstimator.from_pretrained(folder and folder / "pose")
        return cls(parser, pose, lambda: HPN.from_pretrained(folder and folder / "hpn"), mirror=mirror)

    def read_person(self, photo: np.ndarray, *, person: int | None = None) -> Person:
        """Find a person in a photo and read key points and label map.

        Args:
            photo: ``(H, W, 3)`` ``uint8`` RGB, from :func:`tryon.core.photo.load`.
            person: which one, counted from the left, from 1; by default the one who is largest and most central.

        Raises:
            PhotoTurnedError: the photo lies on its side or is upside down.
            PersonNotFoundError: nobody is there, or not that many people, or shoulders are not in the photo.
            ConfigError: ``person`` is below 1.
        """
        look = partial(glance, self.parser, self.pose)
        with self._lock:
            people = find_people(self.parser, photo)
            if not people:
                refuse_turned(photo, NOBODY, look)
            candidate, warnings = _pick(people, person)
            size = self.pose.config.input_size
            keypoints = read_keypoints(self.pose, photo, reading_box(candidate, size[1] / size[0]), mirror=self.mirror)
            refuse_turned(photo, keypoints, look)
            parsing = parse_person(self.parser, photo, candidate, mirror=self.mirror)
        if max(keypoints[[R_SHOULDER, L_SHOULDER], 2]) <= 0:
            raise NobodyFoundError(
                "somebody was found, but not their shoulders, from which garments hang; "
                "use a photo that shows the upper body"
            )
        refuse_contradiction(keypoints, parsing)
        parsing = without_prints(parsing, keypoints)
        found = Person(photo, keypoints, parsing, candidate.box, facing(keypoints), seated(keypoints))
        return replace(found, warnings=(*warnings, *_posture_warnings(found)))

    def read_garment(self, photo: np.ndarray, *, category: str = "auto", person: int | None = None) -> Garment:
        """Read the garment that somebody wears in a photo.

        Args:
            photo: ``(H, W, 3)`` ``uint8`` RGB.
            category: ``auto`` (what is worn outermost on the upper body), ``upper``, ``outer``, ``dress``, ``lower``
                or ``outfit``.
            person: as in :meth:`read_person`.

        Raises:
            PhotoTurnedError: the photo lies on its side or is upside down.
            PersonNotFoundError: nobody is there, or nobody wears the garment.
            GarmentNotFoundError: the photo does not show a garment of the category, or too little of it, or shows
                underwear or swimwear.
            ConfigError: an unknown category.
        """
        try:
            wearer = self.read_person(photo, person=person)
        except NobodyFoundError as error:
            raise NobodyFoundError(unworn(photo.shape[:2])) from error
        return self.take_garment(wearer, category=category)

    def take_garment(self, wearer: Person, *, category: str = "auto") -> Garment:
        """The garment of a person who was read already; errors as in :meth:`read_garment`."""
        refuse_small(wearer.keypoints)
        refuse_unworn(wearer.parsing, wearer.keypoints)
        chosen, labels = choose(wearer.parsing, wearer.keypoints, category)
        _refuse_scanty(wearer)
        notes = refuse_cut(wearer.parsing, wearer.keypoints, chosen, labels)
        return Garment(wearer, chosen, labels, (*wearer.warnings, *notes))

    def normalize(self, person: Person, *, background: str = "original") -> Person:
        """The person upright and frontal, the arms off the body as far as they are seen; otherwise as :meth:`transfer`.

        An arm that stays as it is, because too little of it is seen, is warned of.
        """
        seen, keypoints, notes = normalized_pose(person)
        reason = needs_normalizing(person)
        changed = "the person was brought into the canonical pose"
        posed = self._posed(seen, keypoints, background, f"{changed}, because {reason}" if reason else changed)
        return replace(posed, warnings=tuple(dict.fromkeys((*posed.warnings, *notes)))) if notes else posed

    def transfer(self, person: Person, keypoints: np.ndarray, *, background: str = "original") -> Person:
        """The person in another pose, in a photo of the same size.

        Args:
            person: from :meth:`read_person`.
            keypoints: ``(18, 3)`` of the new pose in pixels of the photo, from :mod:`tryon.body.poses`.
            background: ``original``, with what the person uncovers filled in; ``plain``; or a color as ``#rrggbb``.

        Returns:
            The new photo, with key points and label map, and a warning that the pose was changed; ``person`` itself
            where pose and background are the old ones. Limbs that would lie outside of the photo are warned of.

        Raises:
            PersonNotFoundError: fewer than eight key points of either pose, or no shoulders.
            ConfigError: an unknown background.
            CheckpointError: the weights of HPN are missing or damaged.
        """
        return self._posed(person, keypoints, background, "the pose of the person was changed")

    def _posed(self, person: Person, keypoints: np.ndarray, background: str, warning: str) -> Person:
        with self._lock:
            if not isinstance(self._hpn, HPN):
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
            parsing = parse_person(self.parser, done.image, _outline(done), mirror=self.mirror)
        posed = replace(person, photo=done.image, parsing=parsing, box=_outline(done).box)
        if done.moved:
            posed = replace(posed, keypoints=done.keypoints, facing=facing(done.keypoints))
            posed = replace(posed, warnings=tuple(dict.fromkeys((*person.warnings, warning))))
        return posed

    def __call__(
        self,
        person: Person,
        garment: Garment,
        *,
        below: BelowPolicy = "bring",
        normalize: Normalize = "never",
        on_stage: OnStage | None = None,
    ) -> TryOnResult:
        """Dress the person in the garment.

        Args:
            person: from :meth:`read_person`.
            garment: from :meth:`read_garment`.
            below: where the old garment covered hips or legs and the new one does not: ``bring`` the other person's
                lower garment along, or ``keep`` the lower part of the old one.
            normalize: bring the person into the canonical pose first: ``auto`` where arms lie over the torso or the
                shoulders are turned, ``always``, or ``never``. The garment's wearer follows, unless ``never``, where
                their arms or turn hide the garment.
            on_stage: called before each stage with its name, its number from 0 and the number of stages.

        Raises:
            ConfigError: an unknown ``below`` or ``normalize``.
            PersonNotFoundError: a garment for the lower body, and a photo that ends above the hips; or a person to be
                normalized of whom fewer than eight key points are seen.
            CheckpointError: somebody is to be normalized, and the weights of HPN are missing or damaged.
        """
        if below not in ("bring", "keep"):
            raise ConfigError(f"below is {below!r}; choose bring or keep")
        if normalize not in _NORMALIZE:
            raise ConfigError(f"normalize is {normalize!r}; choose auto, always or never")
        if garment.category == "lower" and not _hips_shown(person):
            raise PersonNotFoundError(
                "the person's photo ends above the hips, from which trousers and skirts hang; "
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

        original = person.photo
        if normalize != "never":
            person, garment = timed("normalize", self._normalized, person, garment, normalize)
        pose = timed("align", align, person, garment)
        done = timed("render", render, person, garment, pose, below)
        warnings = (
            *person.warnings,
            *(
                f"garment photo: {warning}"
                for warning in (*garment.warnings, *enlarged(person.keypoints, garment.source.keypoints))
            ),
            *pose.warnings,
            *done.warnings,
        )
        return TryOnResult(
            image=done.image,
            mask=done.mask | (person.photo != original).any(-1),
            warped_garment=done.warped_garment,
            flow=done.flow,
            person=person,
            garment=garment,
            timings=timings,
            warnings=tuple(dict.fromkeys(warnings)),
        )

    def _normalized(self, person: Person, garment: Garment, normalize: Normalize) -> tuple[Person, Garment]:
        if normalize == "always" or needs_normalizing(person):
            person = self.normalize(person)
        if needs_normalizing(garment.source):
            wearer = self.normalize(garment.source)
            try:
                category, labels = choose(wearer.parsing, wearer.keypoints, garment.category)
            except GarmentNotFoundError:  # it was read as something else: better hidden than lost
                return person, garment
            new = wearer.warnings[len(garment.source.warnings) :]
            garment = Garment(wearer, category, labels, (*garment.warnings, *new))
        return person, garment


def _outline(done: Transfer) -> Candidate:
    """Where somebody is after a change of their pose."""
    mask = done.person > 0.5
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return Candidate(box, float(mask.mean()), mask, float(mask.mean()))


def _pick(people: list[Candidate], number: int | None) -> tuple[Candidate, tuple[str, ...]]:
    if not people:
        raise NobodyFoundError(
            "no person was found in the photo; use one that shows a person clearly and not too far away"
        )
    if number is None:
        if len(people) == 1:
            return people[0], ()
        ordered = sorted(people, key=lambda one: one.box[0] + one.box[2])
        position = 1 + [one is people[0] for one in ordered].index(True)
        return people[0], (
            f"{len(people)} people are in the photo; number {position} from the left was taken as the largest and most "
            "central one",
        )
    if number < 1:
        raise ConfigError(f"person {number} was asked for; people are counted from the left, from 1")
    if number > len(people):
        raise PersonNotFoundError(f"person {number} was asked for, but {len(people)} were found in the photo")
    return sorted(people, key=lambda one: one.box[0] + one.box[2])[number - 1], ()


def _posture_warnings(person: Person) -> list[str]:
    warnings = []
    if person.facing == "side":
        warnings.append("the person stands sideways; the garment's width and its far sleeve are guesses")
    if person.facing == "back":
        warnings.append("the person is seen from behind; a garment photo from behind fits best")
    if person.seated:
        warnings.append("the person sits; below the waist the garment will not follow the legs well")
    if not _hips_shown(person):
        warnings.append("the photo ends above the hips; only garments for the upper body can be put on")
    return warnings


def _hips_shown(person: Person) -> bool:
    return bool(max(person.keypoints[[R_HIP, L_HIP], 2]) > 0)


def _refuse_scanty(wearer: Person) -> None:
    if scanty(wearer.parsing, wearer.keypoints):
        raise GarmentNotFoundError(
            "the person in the garment photo wears little on the trunk; underwear and swimwear are not carried over, "
            "use a photo of somebody who is dressed"
        )
