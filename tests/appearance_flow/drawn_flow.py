"""Drawn people before and after a shift that is known exactly, and small networks for them."""

import numpy as np

from appearance_flow.amodal.model import AmodalNet
from appearance_flow.amodal.network import AmodalConfig
from appearance_flow.model import AppearanceFlowNet, FlowConfig
from appearance_flow.paper import PaperFlowConfig, PaperFlowNet
from tests.hpn import drawn_pairs
from tryon.types import PairSample, TripletSample

SHIFT = (9.0, -4.0)
"""x, y from a pixel of the target to that of the source."""
SMALL = FlowConfig(size=(96, 80), channels=(4, 6, 8, 8), decoder_channels=(4, 6, 8, 8))
TINY_PAPER = PaperFlowConfig(size=(96, 80), channels=(4, 6, 8))


def network() -> AppearanceFlowNet:
    return AppearanceFlowNet(SMALL).eval()


def amodal_network() -> AmodalNet:
    return AmodalNet(AmodalConfig(channels=(4, 6))).eval()


def paper_network() -> PaperFlowNet:
    return PaperFlowNet(TINY_PAPER).eval()


def pair(name: str = "moved", identity: str = "a") -> PairSample:
    """A person who stands still while the camera moves."""
    target = drawn_pairs.person("down", (200, 40, 40), name, identity)
    x, y = int(SHIFT[0]), int(SHIFT[1])
    image, parsing = (np.roll(picture, (y, x), (0, 1)) for picture in (target.image, target.parsing))
    keypoints = target.keypoints.copy()
    keypoints[:, :2] += SHIFT
    source = type(target)(image, keypoints, parsing, name, identity)
    flow = np.full((*drawn_pairs.SIZE, 2), np.nan, np.float32)
    flow[target.parsing > 0] = SHIFT
    return PairSample(source, target, flow, target.parsing > 0, name)


def triplet(name: str = "moved") -> TripletSample:
    """The same, as a try-on."""
    one = pair(name)
    return TripletSample(one.target, one.source, one.target, one.flow, one.visible, name)
