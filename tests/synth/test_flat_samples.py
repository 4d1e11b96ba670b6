"""The sample garments that nobody wears; rendering them needs the folder of MakeHuman assets in ``TRYON_MAKEHUMAN``."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tryon.core import photo
from tryon.synth.flat_samples import PICTURES, RECIPES, render_garment
from tryon.synth.makehuman import licenses

ASSETS = os.environ.get("TRYON_MAKEHUMAN")
NAMES = ["coat_as_worn", "dress_as_worn", "shirt_on_hanger", "skirt_on_cloth", "trousers_on_paper", "tshirt_on_wood"]


def test_each_has_its_picture_and_is_small():
    files = sorted(PICTURES.glob("*.jpg"))
    assert [file.stem for file in files] == sorted(RECIPES) == NAMES
    assert {Image.open(file).size for file in files} == {(600, 800)}
    assert max(file.stat().st_size for file in files) < 70_000


@pytest.mark.skipif(not ASSETS, reason="TRYON_MAKEHUMAN names no folder")
def test_all_that_is_shown_is_under_cc0():
    terms = licenses(Path(str(ASSETS)))
    assert {terms[recipe.garment.asset][1][:3] for recipe in RECIPES.values()} == {"CC0"}


@pytest.mark.slow
@pytest.mark.skipif(
    not ASSETS or importlib.util.find_spec("anny") is None or importlib.util.find_spec("embreex") is None,
    reason="TRYON_MAKEHUMAN names no folder, or no anny, or no embreex",
)
def test_a_picture_comes_out_as_it_ships():
    made = render_garment("shirt_on_hanger", Path(str(ASSETS)))
    shipped = photo.load(PICTURES / "shirt_on_hanger.jpg")
    assert np.abs(made.astype(int) - shipped).mean() < 2
    hook, beside = made[130, 331].astype(int), made[130, 345].astype(int)  # steel, and the wall
    assert beside.mean() - hook.mean() > 15
