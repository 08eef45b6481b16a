"""``mixdown messages cache``: the index of stems."""

from __future__ import annotations

import click

from mixdown_cli.messages.asking import Ask, asks, watched

extended = click.option("--extended", is_flag=True, help="With cache entries and details.")


@click.group()
def cache() -> None:
    """The index of stems, here and in the bucket."""


@cache.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=1000, help="How many.")
@click.option("--after", metavar="LABEL", help="Those behind it.")
@extended
@asks
def list_(limit: int, after: str | None, extended: bool) -> Ask:
    """Stems by label."""
    return lambda client: client.messages.stems(after, limit, extended=extended)


@cache.command()
@click.argument("label")
@asks
def invalidate(label: str) -> Ask:
    """Forget a stem in every voice."""
    return lambda client: client.messages.invalidate(label)


@cache.command()
@click.option("--names", default="names", help="A dataset.")
@click.option("--developers", default="developers", help="A dataset.")
@click.option("--voice", "voice_id", help="Instead of the configured one.")
@click.option("--no-wait", is_flag=True, help="Print the job and leave it to the server.")
@asks
def bulk(names: str, developers: str, voice_id: str | None, no_wait: bool) -> Ask:
    """The stems of whole datasets."""
    return watched(
        lambda client: client.messages.bulk(names, developers, voice_id), "Making stems", wait=not no_wait
    )


@cache.command("check-in-bucket")
@click.argument("label")
@asks
def check_in_bucket(label: str) -> Ask:
    """A stem here and in the bucket."""
    return lambda client: client.messages.check_in_bucket(label)


@cache.command("bucket-list")
@click.option("--prefix", help="What begins so.")
@asks
def bucket_list(prefix: str | None) -> Ask:
    """What the bucket has."""
    return lambda client: client.messages.bucket(prefix)


@cache.command("check-many")
@click.argument("labels", nargs=-1, required=True)
@asks
def check_many(labels: tuple[str, ...]) -> Ask:
    """Many stems here and in the bucket."""
    return lambda client: client.messages.check_many([one for many in labels for one in many.split(",")])


@cache.command("consistency-report")
@extended
@asks
def consistency_report(extended: bool) -> Ask:
    """Whether whatever is indexed exists."""
    return lambda client: client.messages.consistency(extended=extended)


@cache.command("verify-and-repair")
@asks
def verify_and_repair() -> Ask:
    """Upload, download or render again what the report names."""
    return lambda client: client.messages.repair()


@cache.command()
@click.argument("what", type=click.Choice(["stems", "stems-index", "outputs"]), default="stems")
@click.option("--after", metavar="NEXT", help="Those behind it: `next` of the answer before.")
@asks
def integrity(what: str, after: str | None) -> Ask:
    """Open what is kept, and compare it with what is known of it."""
    return lambda client: client.messages.integrity(what, after)  # type: ignore[arg-type]
