"""Finding the points of a garment that was cut out of its photo."""

import cv2
import numpy as np

from tryon.core.engine import Network
from tryon.read.flat.matte import FlatReading
from tryon.read.flat.planes import planes, square_around
from tryon.read.flat.point_names import MIRROR
from tryon.read.flat.points_network import heat_maps
from tryon.read.pose.decode import decode


def read_points(network: Network, photo: np.ndarray, reading: FlatReading) -> np.ndarray:
    """Where the joints and corners of a garment are, mean of the garment and its mirror image.

    Args:
        network: prepared by :func:`tryon.core.engine.ready`.
        photo: ``(H, W, 3)`` ``uint8``.
        reading: of the photo.

    Returns:
        ``(25, 3)`` ``float32`` x, y in pixels of the photo and a confidence in [0, 1], as in
        :mod:`tryon.read.flat.point_names`.
    """
    square = square_around(reading.cloth, network.config.input_size)
    cloth, inside = square.cut(reading.cloth), square.cut(reading.inside)
    seen = planes(square.cut(photo, cv2.BORDER_REPLICATE), np.maximum(cloth - inside, 0), inside)
    maps = heat_maps(network, [seen, np.ascontiguousarray(seen[:, ::-1])])
    found = (maps[0] + maps[1][MIRROR, :, ::-1]) / 2
    return square.to_photo(decode(np.ascontiguousarray(found), seen.shape[:2]))
