"""Random pairs and triplets, what they are made of, and the folders that they are written to."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("embreex")

from tests.synth.doll import ATLAS, make_doll
from tryon.body import skeleton
from tryon.commands.data_render import DataRender, sheet, warp
from tryon.core.errors import ConfigError, DataError
from tryon.core.labels import UNKNOWN, Label
from tryon.datasets.flat_garments import is_held_out
from tryon.datasets.renders import RenderedTriplets, Renders, write_renders
from tryon.synth.dressing import dress
from tryon.synth.pairs import EndlessRenders, Studio, split_of
from tryon.synth.poses import STANCES, aim, body_overlap, clear_torso, natural_pose
from tryon.synth.recolor import fabric_photos, recolor
from tryon.synth.rig import keypoints3d, load_avatar, pose_joints
from tryon.types import PersonSample, TripletSample


@pytest.fixture(scope="module")
def studio(avatars: Path) -> Studio:
    """With three people only, which are read once."""
    studio = Studio(avatars, "train", (192, 144))
    studio.names = ["White_F_1_Casual", "Black_F_2_Busi"]
    studio.partners = {"White_F_1_Casual": ["Black_F_2_Busi"]}
    return studio


def small_sample(name: str = "A_F_1_Casual") -> PersonSample:
    rng = np.random.default_rng(0)
    picture = np.full((40, 32, 3), 200, np.uint8)
    keypoints = np.c_[rng.uniform(0, 30, (18, 2)), np.ones(18)].astype(np.float32)
    return PersonSample(picture, keypoints, rng.integers(0, 14, (40, 32)).astype(np.uint8), name, "A_F_1")


def small_triplet() -> TripletSample:
    flow = np.random.default_rng(1).uniform(-700, 700, (40, 32, 2)).astype(np.float32)
    flow[:5] = np.nan
    person = small_sample()
    return TripletSample(person, person, person, flow, flow[..., 0] > 0, "A_F_1_Casual+B_F_1_Busi")


def test_people_and_one_outfit_are_held_out():
    assert {split_of(f"MENA_F_2_{outfit}") for outfit in ("Casual", "Busi", "Medi", "Util")} == {"val"}
    assert split_of("White_F_1_Busi") == "train"
    assert split_of("White_F_1_Util") is None


def test_validation_people_put_on_the_outfit_that_training_never_sees(tmp_path):
    for name in ("MENA_F_2_Casual", "White_F_1_Util", "White_F_1_Casual", "Black_M_2_Casual", "Black_M_2_Util"):
        (tmp_path / f"{name}.glb").touch()
    assert Studio(tmp_path, "val").partners == {"MENA_F_2_Casual": ["White_F_1_Util"]}
    assert Studio(tmp_path, "train").names == ["Black_M_2_Casual", "White_F_1_Casual"]
    assert Studio(tmp_path, "train").partners == {}


def test_some_fabrics_are_held_out(tmp_path):
    for i in range(60):
        Image.new("RGB", (4, 4)).save(tmp_path / f"{i}.png")
    train, val = fabric_photos(tmp_path, "train"), fabric_photos(tmp_path, "val")
    assert len(fabric_photos(tmp_path, "all")) == 60
    assert set(train).isdisjoint(val)
    assert len(train) + len(val) == 60
    assert 5 <= len(val) <= 20
    assert is_held_out(Path("elsewhere") / val[0].name)


def test_a_folder_without_fabrics_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"no \.jpg or \.png photos of garments for train"):
        fabric_photos(tmp_path, "train")


def test_recoloring_changes_garments_only():
    doll = make_doll()
    changed = [recolor(doll, ATLAS, np.random.default_rng(seed), []).textures[0] for seed in range(6)]
    for texture in changed:
        np.testing.assert_array_equal(texture[:, :4], doll.textures[0][:, :4])
    shirts = {tuple(texture[0, 6, :3]) for texture in changed}
    assert len(shirts) >= 4
    assert make_doll().textures[0][0, 6, 2] == 200  # the original is untouched


def test_a_fabric_is_laid_over_the_garment(tmp_path):
    Image.new("RGB", (100, 100), (10, 200, 30)).save(tmp_path / "green.png")
    doll = make_doll()
    shirts = [
        tuple(recolor(doll, ATLAS, np.random.default_rng(seed), [tmp_path / "green.png"]).textures[0][1, 6, :3])
        for seed in range(12)
    ]
    assert shirts.count((10, 200, 30)) >= 2


def test_dressed_in_the_clothes_of_another():
    person, wearer = make_doll(), make_doll()
    red = wearer.textures[0].copy()
    red[:, 4:, :3] = (200, 0, 0)
    wider = wearer.vertices * np.float32([1.2, 1, 1.5])
    # The texture tells places apart: give every vertex its own.
    uv = np.stack((np.where(wearer.uv[:, 0] > 0.5, 0.55, 0.05) + np.arange(len(wearer.uv)) / 250, wearer.uv[:, 1]), 1)
    wearer = replace(wearer, textures=(red,), vertices=wider, uv=uv.astype(np.float32))
    person = replace(person, uv=wearer.uv)
    dressed, atlas = dress(person, ATLAS, wearer, ATLAS)
    np.testing.assert_array_equal(atlas, ATLAS)
    np.testing.assert_array_equal(dressed.textures[0][:, 4:, :3], red[:, 4:, :3])
    np.testing.assert_array_equal(dressed.textures[0][:, :4], person.textures[0][:, :4])
    np.testing.assert_array_equal(dressed.faces, wearer.faces)
    head = np.arange(8, 16)
    np.testing.assert_allclose(dressed.vertices[head], person.vertices[head], atol=1e-6)
    np.testing.assert_allclose(dressed.vertices[:8], wider[:8], atol=1e-6)
    np.testing.assert_array_equal(
        keypoints3d(dressed, *pose_joints(dressed, {}))[:14], keypoints3d(person, *pose_joints(person, {}))[:14]
    )


def test_avatars_of_other_layouts_cannot_swap_clothes():
    other = make_doll()
    other = replace(other, uv=1 - other.uv * 0.3)
    with pytest.raises(DataError, match="other layouts"):
        dress(make_doll(), ATLAS, other, ATLAS)


def test_a_hand_in_the_belly_overlaps(avatars):
    avatar = load_avatar(avatars / "Black_M_1_Casual.glb")
    turns, directions = STANCES["canonical"](np.random.default_rng(0))
    assert body_overlap(avatar, aim(avatar, turns, directions)) < 0.01
    directions["LeftForeArm"] = np.array((-0.6, -0.4, 0.0))
    assert body_overlap(avatar, aim(avatar, turns, directions)) > 0.04
    assert body_overlap(avatar, clear_torso(avatar, turns, directions)) < 0.01


@pytest.mark.parametrize("kind", ["people", "pairs"])
def test_only_the_poses_asked_for(avatars, kind):
    studio = Studio(avatars, "train", (96, 72), stances=["arm raised"])
    studio.names = ["White_F_1_Casual"]
    raised = []
    for seed in range(6):
        sample = studio.sample(kind, np.random.default_rng(seed))
        points = (sample.source if kind == "pairs" else sample).keypoints
        if points[[3, 4, 6, 7], 2].all():  # both arms are in the picture
            raised.append(min(points[4, 1] - points[3, 1], points[7, 1] - points[6, 1]) < 0)
    assert len(raised) >= 2
    assert all(raised)


def test_random_poses_do_not_pass_through_the_body(avatars):
    avatar = load_avatar(avatars / "White_F_2_Casual.glb")
    depths = [body_overlap(avatar, natural_pose(avatar, stance, np.random.default_rng(3))) for stance in STANCES]
    assert sorted(depths)[-2] < 0.02


def test_a_pair_shows_one_surface_twice(studio):
    pair = studio.pair(np.random.default_rng(2))
    assert pair.source.identity == pair.target.identity != ""
    assert pair.flow.shape == (192, 144, 2)
    assert pair.visible.any()
    rows, columns = np.nonzero(pair.visible)
    place = np.round(np.stack((columns, rows), 1) + pair.flow[rows, columns]).astype(int)
    same = pair.source.parsing[place[:, 1], place[:, 0]] == pair.target.parsing[rows, columns]
    assert same.mean() > 0.95


def test_a_triplet_keeps_the_person_and_changes_the_clothes(studio):
    sample = studio.triplet(np.random.default_rng(5))
    assert sample.person.identity == sample.target.identity == "White_F_1"
    assert sample.garment.identity == "Black_F_2"
    body = np.arange(2, 14)
    np.testing.assert_allclose(sample.target.keypoints[body, :2], sample.person.keypoints[body, :2], atol=0.6)
    assert Label.OUTER in sample.target.parsing
    assert Label.OUTER not in sample.person.parsing
    known = np.isfinite(sample.flow).all(-1)
    assert known.any()
    assert not np.isin(sample.target.parsing[known], (Label.BACKGROUND, Label.SKIN, Label.HAIR)).any()
    rows, columns = np.nonzero(sample.visible)
    place = np.round(np.stack((columns, rows), 1) + sample.flow[rows, columns]).astype(int)
    same = sample.garment.parsing[place[:, 1], place[:, 0]] == sample.target.parsing[rows, columns]
    assert same.mean() > 0.95


def test_equal_seeds_give_equal_samples(studio):
    first, second, other = (next(iter(EndlessRenders(studio, "people", seed))) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.image, second.image)
    assert not np.array_equal(first.image, other.image)
    assert first.keypoints[skeleton.NECK, 2] > 0


@pytest.mark.slow
def test_workers_make_different_people(studio):
    from torch.utils.data import DataLoader

    samples = iter(DataLoader(EndlessRenders(studio, "people", 4), batch_size=None, num_workers=2))
    assert not np.array_equal(next(samples).image, next(samples).image)


def test_a_studio_needs_labeled_avatars(tmp_path):
    (tmp_path / "nobody.glb").write_bytes(b"")
    with pytest.raises(DataError, match="no labeled avatar for train"):
        Studio(tmp_path)


def test_triplets_come_back_from_a_folder(tmp_path):
    triplet = small_triplet()
    write_renders(tmp_path, 2, lambda i: (triplet, ("train", "val")[i]))
    assert len(RenderedTriplets(tmp_path, "all")) == 2
    (back,) = RenderedTriplets(tmp_path, "val")
    assert back.name == "000001"
    assert RenderedTriplets(tmp_path, "val").garments == ["A_F_1_Casual"]
    assert (back.person.identity, back.garment.identity, back.target.identity) == ("A_F_1", "", "A_F_1")
    np.testing.assert_allclose(back.flow, triplet.flow, atol=0.02)
    np.testing.assert_array_equal(back.visible, triplet.visible)
    np.testing.assert_array_equal(back.target.parsing, triplet.target.parsing)
    np.testing.assert_array_equal(back.garment.keypoints, triplet.garment.keypoints)


def test_the_joints_and_the_inside_of_a_flat_garment_come_back(tmp_path):
    triplet = small_triplet()
    parsing, keypoints = triplet.garment.parsing.copy(), np.zeros((18, 3), np.float32)
    parsing[:2], keypoints[2] = UNKNOWN, (5.5, 7.25, 1)
    triplet = replace(triplet, garment=replace(triplet.garment, parsing=parsing, keypoints=keypoints))
    write_renders(tmp_path, 1, lambda i: (triplet, "train"))
    (back,) = RenderedTriplets(tmp_path)
    assert back.garment.parsing[:3, 0].tolist() == [255, 255, triplet.garment.parsing[2, 0]]
    assert back.garment.keypoints[1:3].tolist() == [[0, 0, 0], [5.5, 7.25, 1]]


def test_a_run_is_taken_up_where_it_stopped(tmp_path):
    made = []

    def make(i: int) -> tuple[PersonSample, str]:
        made.append(i)
        if len(made) == 3:
            raise KeyboardInterrupt
        return small_sample(), "train"

    with pytest.raises(KeyboardInterrupt):
        write_renders(tmp_path, 4, make)
    write_renders(tmp_path, 4, make)
    assert made == [0, 1, 2, 2, 3]
    assert Renders(tmp_path).names == ["000000", "000001", "000002", "000003"]
    assert Renders(tmp_path)[3].identity == "A_F_1"
    assert len((tmp_path / "meta.csv").read_text().splitlines()) == 5


def test_a_damaged_triplet_is_named(tmp_path):
    write_renders(tmp_path, 1, lambda i: (small_triplet(), "train"))
    (tmp_path / "triplets" / "000000" / "triplet.npz").write_bytes(b"cut off")
    with pytest.raises(DataError, match=r"triplet\.npz cannot be read"):
        RenderedTriplets(tmp_path)[0]


def test_kinds_do_not_mix_in_a_folder(tmp_path, avatars):
    options = {"avatars": avatars, "out": tmp_path, "number": 1, "size": (64, 48)}
    DataRender(**options, kind="people", sheet=tmp_path / "sheet.png").run()
    assert Image.open(tmp_path / "sheet.png").size[0] > 64
    with pytest.raises(ConfigError, match="give another folder"):
        DataRender(**options, kind="pairs").run()
    with pytest.raises(ConfigError, match="give another folder"):
        DataRender(**options, kind="people", split="val").run()


def test_one_split_only(tmp_path, avatars, capsys):
    DataRender(avatars=avatars, out=tmp_path, number=2, size=(64, 48), split="val").run()
    DataRender(avatars=avatars, out=tmp_path, number=3, size=(64, 48), split="val").run()
    told = [f"2 samples written to {tmp_path}, 0 were there", f"1 samples written to {tmp_path}, 2 were there"]
    assert capsys.readouterr().out.splitlines() == told
    assert (len(Renders(tmp_path, "val")), len(Renders(tmp_path, "train"))) == (3, 0)


def test_a_sheet_of_triplets_shows_what_is_hidden(tmp_path):
    write_renders(tmp_path, 3, lambda i: (small_triplet(), "train"))
    picture = sheet("triplets", tmp_path, cell=(40, 32))
    assert (picture == (255, 0, 255)).all(-1).any()


def test_a_warp_fetches_from_the_source():
    image = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    flow = np.full((3, 4, 2), np.nan, np.float32)
    flow[0, 0] = (2, 1)
    flow[0, 1] = (0, 0)
    visible = np.zeros((3, 4), bool)
    visible[0, 0] = True
    warped = warp(image, flow, visible)
    assert warped[0, 0].tolist() == image[1, 2].tolist()
    assert warped[0, 1].tolist() == [255, 0, 255]
    assert warped[2, 2].tolist() == [255, 255, 255]
