"""Input for the workloads: made once for a number of events, the same bytes every time."""

import datetime
import json
import pathlib
import random

WORDS = [f"word{n}" for n in range(5000)]
EVENT_TYPES = ["view", "click", "purchase"]
FILES = 8


def ad_events(directory: pathlib.Path, events: int) -> None:
    """NDJSON in the shape of the Yahoo streaming benchmark: about 240 bytes an event."""
    rng = random.Random(7)
    per_file = events // FILES
    for number in range(FILES):
        with open(directory / f"events-{number}.json", "w") as out:
            for row in range(per_file):
                at = number * per_file + row
                out.write(
                    f'{{"user_id":"{rng.getrandbits(64):016x}","page_id":"{rng.getrandbits(64):016x}",'
                    f'"ad_id":"ad-{rng.randrange(1000)}","ad_type":"banner","event_type":"{EVENT_TYPES[rng.randrange(3)]}",'
                    f'"event_time":"2026-01-01T00:{at * 60 // events:02d}:{row % 60:02d}.000Z","ip_address":"10.0.{row % 256}.{at % 251}"}}\n'
                )


def texts(directory: pathlib.Path, events: int) -> None:
    rng = random.Random(11)
    per_file = events // FILES
    for number in range(FILES):
        with open(directory / f"texts-{number}.json", "w") as out:
            for row in range(per_file):
                line = " ".join(rng.choices(WORDS, k=8))
                out.write(f'{{"id":{number * per_file + row},"text":"{line}"}}\n')


def readings(directory: pathlib.Path, events: int) -> None:
    rng = random.Random(13)
    per_file = events // FILES
    for number in range(FILES):
        with open(directory / f"readings-{number}.json", "w") as out:
            for row in range(per_file):
                out.write(f'{{"user":{rng.randrange(100_000)},"value":{rng.random() * 100:.3f},"kind":"k{row % 7}"}}\n')


def parquet(directory: pathlib.Path, events: int) -> None:
    import pyarrow as arrow
    import pyarrow.parquet

    rng = random.Random(17)
    per_file = events // FILES
    for number in range(FILES):
        first = number * per_file
        table = arrow.table(
            {
                "id": arrow.array(range(first, first + per_file), arrow.int64()),
                "price": arrow.array([rng.randrange(1, 100_000) / 100 for _ in range(per_file)], arrow.float64()),
                "symbol": arrow.array([f"s{rng.randrange(500)}" for _ in range(per_file)]),
                "note": arrow.array(["a note of some length that nobody reads"] * per_file),
            }
        )
        arrow.parquet.write_table(table, directory / f"trades-{number}.parquet")


def impressions_and_clicks(directory: pathlib.Path, events: int) -> None:
    """Two streams: three impressions to a click, which comes up to seven minutes after its impression."""
    rng = random.Random(19)
    shown = events * 3 // 4
    per_file = shown // FILES
    begin = datetime.datetime(2026, 1, 1)

    def at(seconds):
        return (begin + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    for name in ("impressions", "clicks"):
        (directory / name).mkdir(exist_ok=True)
    for number in range(FILES):
        with (
            open(directory / "impressions" / f"impressions-{number}.json", "w") as impressions,
            open(directory / "clicks" / f"clicks-{number}.json", "w") as clicks,
        ):
            for row in range(number * per_file, (number + 1) * per_file):
                # Two hours in all, however many events.
                seconds = row * 7200 // shown
                impressions.write(f'{{"ad":"ad-{row:09d}","shown":"{at(seconds)}","page":{rng.randrange(1000)}}}\n')
                if row % 3 == 0:
                    clicks.write(f'{{"ad":"ad-{row:09d}","clicked":"{at(seconds + rng.randrange(420))}","user":{row}}}\n')


def stamped(directory: pathlib.Path, prefix: str, events: int, seed: int, hours: float, fields) -> None:
    """Events in order of time but for a few seconds; `fields(rng)` gives the rest of each."""
    rng = random.Random(seed)
    start = datetime.datetime(2026, 1, 1)
    per_file = events // FILES
    for number in range(FILES):
        with open(directory / f"{prefix}-{number}.json", "w") as out:
            for row in range(per_file):
                seconds = (number * per_file + row) / events * hours * 3600 + rng.random() * 5
                at = (start + datetime.timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
                out.write(f'{{{fields(rng)},"at":"{at}Z"}}\n')


def clicks(directory: pathlib.Path, events: int) -> None:
    """Nearly every click is of a user of its own; the last tenth of them closes the first hour."""
    stamped(directory, "clicks", events, 19, 1.1, lambda rng: f'"user":{rng.randrange(16 * events)}')


def visits(directory: pathlib.Path, events: int) -> None:
    stamped(directory, "visits", events, 23, 1, lambda rng: f'"user":{rng.randrange(20_000)},"page":"page{rng.randrange(100)}"')


def messages(directory: pathlib.Path, events: int) -> None:
    # About one in ten comes again within minutes.
    ids = [0]

    def fields(rng):
        again = rng.random() < 0.1
        if not again:
            ids[0] += 1
        return f'"id":"message-{max(1, ids[0] - rng.randrange(events // 60 + 1)) if again else ids[0]}","value":{rng.randrange(1000)}'

    stamped(directory, "messages", events, 29, 1, fields)


def ticks(directory: pathlib.Path, events: int) -> None:
    stamped(
        directory, "ticks", events, 31, 4,
        lambda rng: f'"symbol":"S{rng.randrange(500)}","price":{rng.randrange(100, 100_000) / 100},"volume":{rng.randrange(1, 500)}',
    )  # fmt: skip


KINDS = {
    "ad_events": ad_events,
    "texts": texts,
    "readings": readings,
    "parquet": parquet,
    "impressions_and_clicks": impressions_and_clicks,
    "clicks": clicks,
    "visits": visits,
    "messages": messages,
    "ticks": ticks,
}


def ensure(root: pathlib.Path, kind: str, events: int) -> pathlib.Path:
    """The directory with `events` events of `kind`, made if it is not there."""
    directory = root / f"{kind}-{events}"
    if not (directory / "done.json").exists():
        directory.mkdir(parents=True, exist_ok=True)
        data = directory / "data"
        data.mkdir(exist_ok=True)
        KINDS[kind](data, events)
        (directory / "done.json").write_text(json.dumps({"events": events}))
    return directory / "data"
