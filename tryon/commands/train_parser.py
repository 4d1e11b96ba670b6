"""``tryon train parser``: binds photos of people to the network. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import PersonTraining
from tryon.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class TrainParser(PersonTraining):
    """Train the garment parser."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tags and self.init is None:
            raise ConfigError("--tags needs --init: a trained parser labels those photos")

    def run(self) -> None:
        """Train the network and save it."""
        from tryon.commands.person_training import load_encoder, run_person_task, validation_views, views
        from tryon.core.labels import Label
        from tryon.read.parser.model import GarmentParser
        from tryon.read.parser.task import ParserTask

        # A street photo seldom shows these.
        rare = (Label.SKIRT, Label.DRESS, Label.HAT, Label.LEGWEAR, Label.SCARF)
        network = GarmentParser.from_pretrained(self.init) if self.init else GarmentParser()
        if self.encoder_weights:
            load_encoder(network.unet.encoder, self.encoder_weights)
        shown = views(self, network, rare)
        run_person_task(self, "parser", ParserTask(network, shown, validation_views(self)))
