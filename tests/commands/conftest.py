"""Data that several commands are tried on."""

import numpy as np
import pytest
from scipy.io import savemat

from tests.figure import figure
from tryon.core import photo
from tryon.core.labels import CCP_TO_LABEL


@pytest.fixture(scope="module")
def ccp(tmp_path_factory):
    """One photo of the val split in the layout of Clothing Co-Parsing."""
    root, person = tmp_path_factory.mktemp("ccp"), figure()
    (root / "photos").mkdir()
    (root / "annotations" / "pixel-level").mkdir(parents=True)
    photo.save(person.photo, root / "photos" / "0001.jpg")
    theirs = np.array([CCP_TO_LABEL.index(label) if label in CCP_TO_LABEL else 0 for label in range(14)], np.uint8)
    savemat(root / "annotations" / "pixel-level" / "0001.mat", {"groundtruth": theirs[person.parsing]})
    (root / "split.csv").write_text("photo,labelled,split\n0001,1,val\n")
    np.savez(root / "keypoints.npz", photo=["0001"], coco18=person.keypoints[None])
    return root
