"""What the trainings on photos of people share: where their data sets meet the training tasks."""

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from tryon.commands import telling
from tryon.commands.options import PersonTraining
from tryon.commands.run_training import run_task, train_config
from tryon.core import photo
from tryon.core.errors import CheckpointError, DataError, reason_of
from tryon.core.files import write_atomically
from tryon.core.inference import for_reading
from tryon.core.labels import Label
from tryon.core.train.loop import Task
from tryon.datasets.ccp_tags import ClothingCoParsingTags
from tryon.datasets.corrupt import Readable
from tryon.datasets.people import open_people
from tryon.datasets.renders import Renders
from tryon.read.parser.model import GarmentParser
from tryon.read.parser.teacher import label_by_tags
from tryon.read.views import PersonViews, label_weights, shrink
from tryon.types import PersonSample

IMAGES = 24_000
VALIDATION_PHOTOS = 24


def run_person_task(options: PersonTraining, name: str, task: Task) -> None:
    """Train a network and save it, or tell how long that takes; ``name`` is that of its evaluation."""
    weights = str(options.out / "weights")
    measure = [name, "--data", str(options.data), "--weights", weights]
    run_task(options, train_config(options, IMAGES), task, measure)


def label_tagged(teacher: GarmentParser, folder: Path, run: Path) -> list[PersonSample]:
    """The photos of a folder whose tags name what is worn, with the label maps that ``teacher`` gives them.

    The maps are kept in the folder of the run, so that a training that was interrupted goes on with the same.

    Raises:
        DataError: the folder is not what is expected.
    """
    photos = ClothingCoParsingTags(folder)
    stored = run / "tagged.npz"
    if not stored.is_file():
        telling.say(f"labeling the {len(photos)} photos of {folder} by their tags")
        reading = for_reading(teacher)
        maps = {}
        for i in range(len(photos)):
            sample = photos[i]
            labels = label_by_tags(reading, sample.image, photos.worn(i), photos.person_mask(i) > 127)
            if labels is not None:
                maps[sample.name] = shrink(replace(sample, parsing=labels)).parsing
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **maps)  # type: ignore[arg-type]  # NumPy's stubs take a name for an option
        run.mkdir(parents=True, exist_ok=True)
        write_atomically(stored, buffer.getvalue())
    with np.load(stored) as maps:
        samples = [shrink(photos[i]) for i, name in enumerate(photos.names) if name in maps]
        return [replace(sample, parsing=maps[sample.name]) for sample in samples]


def views(options: PersonTraining, teacher: GarmentParser | None, rare: tuple[Label, ...] = ()) -> PersonViews:
    """The views to train on; people who wear something ``rare`` are half of the photos drawn.

    Photos that have only tags are labeled by ``teacher``, the released parser where that is ``None``.

    Raises:
        DataError: a folder of the options is not what is expected.
    """
    telling.say(f"reading the photos of {', '.join(map(str, (options.data, *options.renders)))}")
    # A photo whose label map is empty shows somebody all the same, and would teach to find nobody.
    photos = Readable(open_people(options.data, "train", correct=True))
    samples = [shrink(sample) for sample in photos if sample.parsing is not None and (sample.parsing > 0).any()]
    weights = label_weights(samples, rare, share=0.5) if rare else np.ones(len(samples))
    weights /= weights.sum()
    if options.tags:
        tagged = label_tagged(teacher or GarmentParser.from_pretrained(), options.tags, options.out)
        others = label_weights(tagged, rare, share=0.5) if rare else np.ones(len(tagged))
        weights = np.concatenate((weights * (1 - options.tags_share), others / others.sum() * options.tags_share))
        samples += tagged
    if options.renders:
        folders = (Readable(Renders(folder, "train")) for folder in options.renders)
        rendered = [shrink(sample) for folder in folders for sample in folder]
        share = np.full(len(rendered), options.renders_share / len(rendered))
        weights = np.concatenate((weights * (1 - options.renders_share), share))
        samples += rendered
    empty = _pictures(options.garments) if options.garments else ()
    return PersonViews(samples, options.size, options.seed, empty_pictures=empty, weights=weights)


def validation_views(options: PersonTraining) -> PersonViews | None:
    """Views of some photos of the val split, the same in every training; ``None`` where it is empty."""
    photos = Readable(open_people(options.data, "val"))
    chosen = np.linspace(0, len(photos), min(len(photos), VALIDATION_PHOTOS), endpoint=False).astype(int)
    samples = [shrink(photos[i]) for i in chosen]
    samples = [sample for sample in samples if sample.parsing is not None and (sample.parsing > 0).any()]
    if not samples:
        telling.say(f"no labeled photo of val in {options.data}: nothing is measured on the way")
        return None
    return PersonViews(samples, options.size, seed=0)


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
            f"no encoder weights from {source} ({reason_of(error)}); give a MobileNetV2 state dict or a parser's folder"
        ) from error
    if missing:
        raise CheckpointError(f"{source} lacks {len(missing)} tensors of MobileNetV2, {sorted(missing)[0]} first")
