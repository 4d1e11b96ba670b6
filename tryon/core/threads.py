"""How a worker keeps to one core."""

import os
import sys


def one_thread() -> None:
    """Let the networks and OpenCV use one thread in this process, as there is a process for each core."""
    import cv2

    os.environ["OMP_NUM_THREADS"] = "1"  # what networks that are loaded from now on go by
    if "torch" in sys.modules:  # imported with what loads them, before this
        sys.modules["torch"].set_num_threads(1)
    cv2.setNumThreads(1)
