"""``tryon train parser``: binds photos of people to the network. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import PersonTraining


@dataclass(frozen=True, kw_only=True)
class TrainParser(PersonTraining):
    """Train the garment parser."""

    def run(self) -> None:
        """Train the network and save it."""
        from tryon.commands.person_training import load_encoder, run_task, validation_views, views
        from tryon.core.labels import Label
        from tryon.read.parser.model import GarmentParser
        from tryon.read.parser.task import ParserTask

        # A street photo seldom shows these.
        rare = (Label.SKIRT, Label.DRESS, Label.HAT, Label.LEGWEAR, Label.SCARF)
        network = GarmentParser.from_pretrained(self.init) if self.init else GarmentParser()
        if self.encoder_weights:
            load_encoder(network.unet.encoder, self.encoder_weights)
        run_task(self, "parser", ParserTask(network, views(self, rare), validation_views(self)))
