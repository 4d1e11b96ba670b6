"""The pipeline: reading drawn people, and dressing sample people whose truth is known."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from hpn.model import HPN, HPNConfig
from tests import people
from tests.drawn import BoxPose, drawn_people, drawn_tryon
from tests.read.parser.test_read import ColorParser
from tryon.body.skeleton import L_ELBOW, L_HIP, L_SHOULDER, L_WRIST, R_HIP, R_SHOULDER, R_WRIST
from tryon.core.errors import CheckpointError, ConfigError, GarmentNotFoundError, PersonNotFoundError
from tryon.core.labels import Label
from tryon.pipeline import STAGES, TryOn

HEIGHT = 384
ONE, TWO = ((150, 40, 520),), ((40, 60, 450), (300, 40, 500))
CUT = ((100, 200, 1100),)  # the photo ends in the middle of the top


@pytest.fixture(scope="module")
def tryon() -> TryOn:
    return drawn_tryon()


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_person_is_read_in_pixels_of_the_photo(tryon):
    picture = drawn_people(*ONE)
    person = tryon.read_person(picture)
    assert person.photo is picture
    assert person.box == pytest.approx((150, 40, 323, 560), abs=3)
    assert person.keypoints[R_SHOULDER, :2] == pytest.approx((150, 144), abs=2)
    assert person.keypoints[L_SHOULDER, :2] == pytest.approx((322, 144), abs=2)
    assert (person.parsing == Label.UPPER).sum() == pytest.approx(173 * 182, rel=0.03)
    assert (person.facing, person.seated, person.warnings) == ("front", False, ())


def test_of_two_people_the_large_and_central_one_is_taken_with_a_warning(tryon):
    person = tryon.read_person(drawn_people(*TWO))
    assert person.box[0] == pytest.approx(300, abs=3)
    assert person.warnings == (
        "2 people are in the photo; number 2 from the left was taken as the largest and most central one",
    )


def test_people_are_counted_from_the_left(tryon):
    boxes, meant = tryon.count_people(drawn_people(*TWO))
    assert [box[0] for box in boxes] == [pytest.approx(40, abs=3), pytest.approx(300, abs=3)]
    assert meant == 2
    boxes, meant = tryon.count_people(drawn_people(*ONE))
    assert [box[0] for box in boxes] == [pytest.approx(150, abs=3)]
    assert meant == 1
    with pytest.raises(PersonNotFoundError, match="no person was found in the photo"):
        tryon.count_people(drawn_people())


@pytest.mark.parametrize(("number", "left"), [(1, 40), (2, 300)])
def test_a_number_picks_from_the_left(tryon, number, left):
    person = tryon.read_person(drawn_people(*TWO), person=number)
    assert person.box[0] == pytest.approx(left, abs=3)
    assert person.warnings == ()
    assert not person.parsing[:, 250:].any() if number == 1 else not person.parsing[:, :250].any()


def test_a_number_that_is_not_there(tryon):
    with pytest.raises(PersonNotFoundError, match="person 5 was asked for, but 2 were found in the photo"):
        tryon.read_person(drawn_people(*TWO), person=5)
    with pytest.raises(PersonNotFoundError, match="person 3 was asked for, but 1 was found in the photo"):
        tryon.read_person(drawn_people(*ONE), person=3)
    for number in (0, -1, 1.0, "1", True):
        with pytest.raises(ConfigError, match="counted from the left, from 1"):
            tryon.read_person(drawn_people(*TWO), person=number)


def test_nobody(tryon):
    with pytest.raises(PersonNotFoundError, match="no person was found in the photo"):
        tryon.read_person(drawn_people())


def test_somebody_without_shoulders(tryon):
    picture = drawn_people((100, -600, 1000))
    with pytest.raises(PersonNotFoundError, match="somebody was found, but not their shoulders"):
        tryon.read_person(np.vstack((picture, np.full((40, 500, 3), (0, 255, 0), np.uint8))))


def test_a_person_cut_off_above_the_hips(tryon):
    person = tryon.read_person(drawn_people(*CUT))
    assert person.warnings == ("the photo ends above the hips; only garments for the upper body can be put on",)
    other = tryon.read_garment(drawn_people(*ONE))
    assert tryon(person, other).mask.any()
    lower = tryon.read_garment(drawn_people(*ONE), category="lower")
    with pytest.raises(PersonNotFoundError, match="ends above the hips, from which trousers and skirts hang"):
        tryon(person, lower)
    with pytest.raises(GarmentNotFoundError, match="does not show trousers or a skirt"):
        tryon.take_garment(person, category="lower")
    # As a garment photo it is good enough for a top.
    assert tryon(tryon.read_person(drawn_people(*ONE)), tryon.take_garment(person)).mask.any()


def test_a_garment_that_is_not_shown(tryon):
    with pytest.raises(GarmentNotFoundError, match=r"does not show a coat or jacket.*it shows a top and trousers"):
        tryon.read_garment(drawn_people(*ONE), category="outer")
    with pytest.raises(ConfigError, match="the category 'hat' is unknown"):
        tryon.read_garment(drawn_people(*ONE), category="hat")


@pytest.mark.parametrize("category", ["auto", "upper", "outfit"])
def test_swimwear_is_refused(tryon, category):
    """The shirt turned into skin, but for a strip."""
    wearer = people.relabeled(people.person("woman_shirt"), {Label.UPPER: Label.SKIN})
    parsing = wearer.parsing.copy()
    parsing[300:350][people.person("woman_shirt").parsing[300:350] == Label.UPPER] = Label.UPPER
    with pytest.raises(GarmentNotFoundError, match="underwear and swimwear are not carried over"):
        tryon.take_garment(replace(wearer, parsing=parsing), category=category)
    assert tryon.take_garment(people.person("woman_shirt"), category=category).source.photo.any()


def turned(degrees: float) -> np.ndarray:
    """Key points of a sample person seen from another side: widths shrink with the cosine."""
    keypoints = people.person("man_tshirt").keypoints.copy()
    middle = keypoints[[R_HIP, L_HIP], 0].mean()
    keypoints[:, 0] = middle + (keypoints[:, 0] - middle) * np.cos(np.radians(degrees))
    return keypoints


class _Points:
    """Gives key points that were made up to whatever is read."""

    def __init__(self, keypoints):
        self.keypoints = keypoints

    def __call__(self, *_, **__):
        return self.keypoints


@pytest.mark.parametrize(
    ("keypoints", "words"),
    [
        (turned(75), "the person stands sideways; the garment's width and its far sleeve are guesses"),
        (turned(180), "the person is seen from behind; a garment photo from behind fits best"),
        ("seated", "the person sits; below the waist the garment will not follow the legs well"),
    ],
)
def test_how_somebody_stands_is_warned_of(tryon, monkeypatch, keypoints, words):
    if isinstance(keypoints, str):
        keypoints = turned(0)
        keypoints[[9, 12], 1] = keypoints[[8, 11], 1] + 40  # knees hardly below the hips
        keypoints[[10, 13], 1] = keypoints[[9, 12], 1] + 200
    monkeypatch.setattr("tryon.read.person.read_keypoints", _Points(keypoints))
    person = tryon.read_person(drawn_people((225, 60, 900), size=(1024, 768)))  # where the key points are
    assert words in person.warnings
    garment = tryon.take_garment(person)
    result = tryon(people.person("man_suit"), garment)
    assert f"garment photo: {words}" in result.warnings


# --- dressing -------------------------------------------------------------------------------------------------------


def test_the_result(tryon):
    person, garment = people.person("woman_shirt", HEIGHT), people.garment("man_suit", "auto", HEIGHT)
    stages = []
    result = tryon(person, garment, on_stage=lambda *stage: stages.append(stage))
    assert stages == [("warp", 0, 3), ("take_off", 1, 3), ("render", 2, 3)]
    assert result.person is person
    assert result.garment is garment
    size = person.photo.shape[:2]
    shapes = [array.shape for array in (result.image, result.mask, result.warped_garment, result.flow)]
    assert shapes == [(*size, 3), size, (*size, 4), (*size, 2)]
    assert [str(a.dtype) for a in (result.image, result.mask, result.warped_garment, result.flow)] == [
        "uint8", "bool", "uint8", "float32",
    ]  # fmt: skip
    assert tuple(result.timings) == STAGES
    assert all(0 < seconds < 60 for seconds in result.timings.values())
    assert (result.image == person.photo)[~result.mask].all()


def refuse() -> HPN:
    raise AssertionError("HPN was loaded though nobody is to be normalized")


def test_nobody_is_normalized_unless_asked_and_needed():
    lazy = TryOn(ColorParser(), BoxPose(), refuse)
    person, garment = people.person("woman_shirt", HEIGHT), people.garment("man_suit", "auto", HEIGHT)
    never, auto = lazy(person, garment), lazy(person, garment, normalize="auto")
    assert (never.image == auto.image).all()
    assert never.warnings == auto.warnings
    assert tuple(auto.timings) == ("normalize", "warp", "take_off", "render")


def test_arms_before_the_body_are_moved_aside_on_both_photos(monkeypatch):
    loaded = []

    def load() -> HPN:
        loaded.append(True)
        return HPN(HPNConfig(width=1 / 16, norm="group", align=True, copy=True, person=True)).eval()

    tryon = TryOn(ColorParser(), BoxPose(), load)
    crossed, suit = people.person("man_crossed_arms", HEIGHT), people.person("man_suit", HEIGHT)
    monkeypatch.setattr("tryon.pipeline.parse_person", lambda *_, **__: crossed.parsing)
    stages = []
    result = tryon(crossed, people.worn_by(suit), normalize="auto", on_stage=lambda *stage: stages.append(stage))
    assert stages == [("normalize", 0, 4), ("warp", 1, 4), ("take_off", 2, 4), ("render", 3, 4)]
    words = "the person was brought into the canonical pose, because arms cover "
    assert [warning for warning in result.warnings if warning.startswith(f"person photo: {words}")]
    assert result.person.keypoints[R_WRIST, 0] < crossed.keypoints[R_SHOULDER, 0]
    assert (result.image == crossed.photo)[~result.mask].all()

    other = tryon(suit, people.worn_by(crossed), normalize="auto")
    assert [warning for warning in other.warnings if warning.startswith(f"garment photo: {words}")]
    assert other.garment.category == "upper"
    assert (other.image == suit.photo)[~other.mask].all()
    assert loaded == [True]


def test_a_pose_that_leaves_the_photo_is_told():
    tryon = TryOn(ColorParser(), BoxPose(), lambda: HPN(HPNConfig(width=1 / 16, norm="group")).eval())
    suit = people.person("man_suit", HEIGHT)
    beyond = suit.keypoints.copy()
    beyond[[L_ELBOW, L_WRIST]] = 0
    done = tryon.transfer(suit, beyond)
    words = "the new pose leaves the photo at the left elbow, left wrist; more space around the person helps"
    assert words in done.warnings
    assert tryon.transfer(suit, suit.keypoints).warnings == suit.warnings


def test_a_wearer_whose_garment_is_lost_stays_as_they_are(monkeypatch):
    tryon = TryOn(ColorParser(), BoxPose(), lambda: HPN(HPNConfig(width=1 / 16, norm="group")).eval())
    garment = people.garment("man_crossed_arms", "auto", HEIGHT)
    monkeypatch.setattr("tryon.pipeline.parse_person", lambda *_, **__: np.zeros_like(garment.source.parsing))
    result = tryon(people.person("man_suit", HEIGHT), garment, normalize="auto")
    assert result.garment is garment


def test_an_unknown_normalize(tryon):
    with pytest.raises(ConfigError, match="normalize is 'yes'; choose auto, always or never"):
        tryon(people.person("woman_shirt", HEIGHT), people.garment("man_suit", "auto", HEIGHT), normalize="yes")


def test_two_threads_get_what_one_gets(tryon):
    picture = drawn_people(*ONE)
    person, garment = people.person("woman_coat", HEIGHT), people.garment("man_floral", "auto", HEIGHT)

    def work() -> tuple[np.ndarray, np.ndarray]:
        return tryon(person, garment).image, tryon.read_person(picture).parsing

    expected, found = work(), {}
    threads = [threading.Thread(target=lambda i=i: found.setdefault(i, work())) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 1]
    for image, parsing in found.values():
        assert (image == expected[0]).all()
        assert (parsing == expected[1]).all()


def test_weights_that_are_missing(tmp_path):
    with pytest.raises(CheckpointError, match="expected the folders parser, pose, flow, amodal, matte, points in it"):
        TryOn.from_pretrained(tmp_path)
    for name in ("parser", "pose", "flow", "amodal", "matte", "points"):
        (tmp_path / name).mkdir()
    with pytest.raises(CheckpointError, match=r"parser.config\.json cannot be read"):
        TryOn.from_pretrained(tmp_path)


# --- the released networks ------------------------------------------------------------------------------------------
