"""What the trainings on photos of people share: where their data sets meet the training tasks."""

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from tryon.commands.options import PersonTraining
from tryon.core import photo
from tryon.core.errors import CheckpointError, DataError
from tryon.core.labels import Label
from tryon.core.train.loop import Task, TrainConfig, train
from tryon.datasets.corrupt import Readable
from tryon.datasets.people import open_people
from tryon.datasets.renders import Renders
from tryon.read.parser.model import GarmentParser
from tryon.read.views import PersonViews, label_weights, shrink


def run_task(options: PersonTraining, task: Task) -> None:
    """Train a network and save it."""
    config = TrainConfig(
        images=options.images,
        batch=options.batch,
        lr=options.lr,
        seed=options.seed,
        workers=options.workers,
        bf16=options.bf16,
        compile=options.compile,
        device=options.device,
    )
    bar = tqdm(unit="step", mininterval=5)

    def show(step: int, steps: int) -> None:
        bar.total, bar.n = steps, step
        bar.refresh() if step % 10 == 0 else None

    network = train(task, config, options.out, on_step=show).network
    bar.close()
    network.save_pretrained(options.out / "weights")


def views(options: PersonTraining, rare: tuple[Label, ...] = ()) -> PersonViews:
    """The views to train on; people who wear something ``rare`` are half of the photos drawn.

    Raises:
        DataError: a folder of the options is not what is expected.
    """
    # A photo whose label map is empty shows somebody all the same, and would teach to find nobody.
    photos = Readable(open_people(options.data, "train"))
    samples = [shrink(sample) for sample in photos if sample.parsing is not None and (sample.parsing > 0).any()]
    weights = label_weights(samples, rare, share=0.5) if rare else np.ones(len(samples))
    weights /= weights.sum()
    if options.renders:
        folders = (Readable(Renders(folder, "train")) for folder in options.renders)
        rendered = [shrink(sample) for folder in folders for sample in folder]
        share = np.full(len(rendered), options.renders_share / len(rendered))
        weights = np.concatenate((weights * (1 - options.renders_share), share))
        samples += rendered
    empty = _pictures(options.garments) if options.garments else ()
    return PersonViews(samples, options.size, options.seed, empty_pictures=empty, weights=weights)


def _pictures(folder: Path) -> list[np.ndarray]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not paths:
        raise DataError(f"no .jpg or .png pictures in {folder}; give a folder with garment pictures")
    pictures = []
    for path in paths:
        picture = photo.load(path)
        scale = 384 / max(picture.shape)
        pictures.append(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return pictures


def load_encoder(encoder: nn.Module, source: Path) -> None:
    """Give an encoder its ImageNet weights.

    Args:
        encoder: MobileNetV2 of segmentation-models-pytorch.
        source: a state dict file under torchvision's names, ``imagenet`` to download torchvision's, or the folder of
            a trained parser, whose encoder knows people already.

    Raises:
        CheckpointError: the file is missing, damaged or of another network, or cannot be downloaded.
    """
    try:
        if str(source) == "imagenet":
            from torchvision.models import MobileNet_V2_Weights

            state = MobileNet_V2_Weights.IMAGENET1K_V1.get_state_dict(progress=True, check_hash=True)
        elif Path(source).is_dir():
            state = GarmentParser.from_pretrained(source).unet.encoder.state_dict()
        else:
            state = torch.load(source, map_location="cpu", weights_only=True)
        state = {name: tensor for name, tensor in state.items() if not name.startswith("classifier.")}
        encoder.load_state_dict({name: tensor.float() for name, tensor in state.items()}, strict=False)
        missing = encoder.state_dict().keys() - state.keys()
    except Exception as error:
        raise CheckpointError(
            f"no encoder weights from {source} ({error}); give a MobileNetV2 state dict or a parser's folder"
        ) from error
    if missing:
        raise CheckpointError(f"{source} lacks {len(missing)} tensors of MobileNetV2, {sorted(missing)[0]} first")
