"""A whole batch, or what is left of it: the pairs are dressed and the records kept."""

from collections.abc import Iterator

from tryon.batch.dress import Dresser, Load, saving_in
from tryon.batch.on_ray import spread_on_ray
from tryon.batch.records import Outcome, Records, Shard
from tryon.batch.workers import spread


def run(
    records: Records, load: Load, *, shard: Shard = (1, 1), workers: int = 1, ray: str | None = None
) -> Iterator[Outcome]:
    """Dress the pairs that are left, keep the records, and write the report at the end, however that comes.

    Args:
        records: of the batch.
        load: makes the try-on; of several workers, each calls it, so that it has to be picklable.
        shard: do only this part of the pairs.
        workers: 1 dresses in this process; more are processes of one thread each.
        ray: address of a Ray cluster, ``auto`` or ``local``, whose actors are the workers, however many.

    Yields:
        What became of each pair, once its picture and its line in the journal are written.

    Raises:
        CheckpointError: weights are missing or damaged, for which no photo is to blame.
        ConfigError: a worker ended before it had loaded the networks, Ray cannot be used, or as :meth:`Records.todo`.
        OutputError: a picture or a record cannot be written.
    """
    todo = records.todo(shard)
    try:
        if ray and todo:
            outcomes = spread_on_ray(todo, load, records.folder, workers, ray)
        elif workers > 1:
            outcomes = spread(todo, load, records.folder, workers)
        else:
            outcomes = map(Dresser(load(), saving_in(records.folder)), todo) if todo else iter(())
        for outcome in outcomes:
            records.add(outcome, shard)
            yield outcome
    finally:
        records.write_report()
