"""Photos of garments without a wearer and their mattes."""

import cv2
import numpy as np
import pytest

from tryon.body import skeleton as sk
from tryon.core.errors import DataError
from tryon.core.labels import UNKNOWN, Label
from tryon.datasets.flat_garments import FlatGarments, jointed, rendered, without_hooks
from tryon.read.flat import point_names as at
from tryon.read.flat.kinds import KINDS
from tryon.read.flat.points_views import PointViews
from tryon.read.flat.sample import UNKNOWN_KIND
from tryon.types import PersonSample


@pytest.fixture
def folders(tmp_path):
    """Six skirts and a shirt, of which one is of val, as its name tells."""
    photos, mattes = tmp_path / "photos", tmp_path / "mattes"
    for name in ("skirt/a", "skirt/b", "skirt/c", "skirt/d", "skirt/e", "skirt/f", "shirt/g"):
        for root, ending in ((photos, "jpg"), (mattes, "png")):
            path = root / f"{name}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture = np.zeros((600, 300, 3), np.uint8)
            picture[100:500, 50:250] = 200 if ending == "jpg" else 255
            cv2.imwrite(str(path), picture)
    return photos, mattes


def test_photos_come_with_their_mattes_and_kinds(folders):
    everything = FlatGarments(*folders, "all")
    assert everything.names == ["shirt/g", *(f"skirt/{letter}" for letter in "abcdef")]
    one = everything[0]
    assert (one.image.shape, one.matte.shape, KINDS[one.kind].name) == ((512, 256, 3), (512, 256), "shirt")
    assert (one.matte[100:420, 50:200] == 255).all()


def test_every_photo_is_of_one_split(folders):
    train, val = FlatGarments(*folders, "train").names, FlatGarments(*folders, "val").names
    assert sorted((*train, *val)) == FlatGarments(*folders, "all").names
    assert val == ["skirt/b"]


def test_missing_and_misshapen_mattes_are_refused(folders):
    photos, mattes = folders
    cv2.imwrite(str(mattes / "shirt" / "g.png"), np.zeros((600, 301), np.uint8))
    with pytest.raises(DataError, match=r"g\.png has the size \(600, 301\)"):
        FlatGarments(photos, mattes, "all")[0]
    (mattes / "skirt" / "b.png").unlink()
    with pytest.raises(DataError, match=r"lacks the mattes of 1 photos, skirt/b\.png first"):
        FlatGarments(photos, mattes, "all")
    with pytest.raises(DataError, match="no photos for train"):
        FlatGarments(mattes, mattes)


def test_the_hook_of_a_hanger_is_taken_off_and_the_cloth_stays():
    matte = np.zeros((200, 200), np.uint8)
    matte[60:180, 40:160] = 255
    matte[20:60, 99:102] = 255  # the hook
    matte[60:64, 20:180] = 255  # the ends of the bar
    clean = without_hooks(matte)
    assert (clean[66:178, 42:158] == 255).all()
    assert not clean[:50].any()
    assert not clean[:, :34].any()
    assert not without_hooks(np.zeros((20, 20), np.uint8)).any()


def test_a_rendered_garment_knows_its_inside():
    parsing = np.zeros((8, 8), np.uint8)
    parsing[2:6], parsing[2:3, 3:5] = Label.UPPER, UNKNOWN
    sample = PersonSample(np.zeros((8, 8, 3), np.uint8), np.zeros((18, 3), np.float32), parsing, "shirt")
    one = rendered(sample)
    assert one.kind == UNKNOWN_KIND
    assert (one.matte > 0).sum() == 32
    assert (one.inside > 0).sum() == 2
    with pytest.raises(DataError, match="shirt has no label map of one garment"):
        rendered(PersonSample(sample.image, sample.keypoints, None, "shirt"))


def test_of_a_rendered_garment_the_joints_are_known_also_when_it_is_turned():
    parsing = np.zeros((200, 160), np.uint8)
    parsing[50:150, 40:120] = Label.UPPER
    parsing[50:60, 70:90] = UNKNOWN
    image = np.where((parsing > 0)[..., None], np.uint8(120), np.uint8(240)).repeat(3, -1)
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[sk.R_SHOULDER] = 45, 55, 1
    garment = jointed(PersonSample(image, keypoints, parsing, "shirt"))
    assert garment.points[at.R_SHOULDER].tolist() == [45, 55, 1]
    assert (garment.points[at.R_ELBOW, 2], garment.points[at.R_CUFF, 2]) == (0, -1)
    assert (garment.cloth.sum(), garment.inside.sum()) == (80 * 100 - 200, 200)
    sides = set()
    for seed in range(8):
        turned = garment.turned(np.random.default_rng(seed))
        mirrored = turned.points[at.L_SHOULDER, 2] > 0
        x, y, there = turned.points[at.L_SHOULDER if mirrored else at.R_SHOULDER]
        assert there == 1
        assert (x > 80) == mirrored
        # A joint stays the same point of the cloth, five pixels within its corner.
        assert turned.cloth[round(y), round(x)] > 0.9
        assert turned.cloth[round(y) - 9, round(x)] < 0.1
        sides.add(bool(mirrored))
        assert turned.points[at.THROAT, 2] == -1
    assert sides == {True, False}
    view = PointViews(lambda rng: garment, 64, 0).view(3)
    assert view.points[at.CROTCH].tolist() == [0, 0, -1]
    assert view.points[at.R_SHOULDER, 2] == 1
