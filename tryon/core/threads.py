"""Threads that share the work of one try-on, and how a worker keeps to one core."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache


@cache
def helpers() -> ThreadPoolExecutor:
    """Threads for work that lets others run, as OpenCV, NumPy and onnxruntime do. What they do must not wait for them.

    They are kept: new ones for every piece of work cost time, and memory that is not given back.
    """
    return ThreadPoolExecutor(thread_name_prefix="tryon")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=helpers.cache_clear)  # threads do not come along into a forked process


def one_thread() -> None:
    """Let the networks and OpenCV use one thread in this process, as there is a process for each core."""
    import cv2

    os.environ["OMP_NUM_THREADS"] = "1"  # what networks that are loaded from now on go by
    if "torch" in sys.modules:  # imported with what loads them, before this
        sys.modules["torch"].set_num_threads(1)
    cv2.setNumThreads(1)
