"""Key points of somebody who stands, and real networks whose answer is known beforehand."""

import numpy as np
import torch

from tryon.body.skeleton import L_HIP, L_KNEE, L_SHOULDER, NECK, NOSE, R_HIP, R_KNEE, R_SHOULDER
from tryon.read.parser.model import GarmentParser, ParserConfig
from tryon.read.pose.model import PoseConfig, PoseEstimator

SIZE = (160, 96)


def keypoints():
    points = np.zeros((18, 3), np.float32)
    points[NOSE], points[NECK] = (48, 20, 1), (48, 40, 1)
    points[R_SHOULDER], points[L_SHOULDER] = (36, 40, 1), (60, 40, 1)
    points[R_HIP], points[L_HIP] = (40, 80, 1), (56, 80, 1)
    points[R_KNEE], points[L_KNEE] = (40, 120, 1), (56, 120, 1)
    return points


def constant_parser(label):
    """A real network that calls every pixel ``label``."""
    network = GarmentParser(ParserConfig(decoder_channels=(16, 8, 8, 8, 8), input_size=(64, 64)))
    head = network.unet.segmentation_head[0]
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    head.bias.data[label] = 10
    torch.nn.init.constant_(network.unet.classification_head[3].bias, 20)  # every class may be there
    return network


def blind_pose():
    """A real network that sees no key point."""
    network = PoseEstimator(PoseConfig(pyramid_channels=32, head_channels=32, input_size=(64, 64)))
    head = network.fpn.segmentation_head[0]
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    return network
