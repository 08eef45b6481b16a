"""``mixdown messages rotation``: whose turn it is."""

from __future__ import annotations

import click

from mixdown_cli.messages.asking import Ask, asks

limit = click.option("--limit", type=click.IntRange(1, 100), default=10, help="How many.")
voice = click.option("--voice", "voice_id", help="Instead of the configured one.")


@click.group()
def rotation() -> None:
    """Whose turn it is: names, developers, scripts, pairs and any dataset."""


def _turn_of(verb: str, dataset: str, help_: str) -> None:
    @rotation.command(verb, help=help_)
    @asks
    def turn() -> Ask:
        return lambda client: client.messages.next(dataset)


_turn_of("next-name", "names", "Take the next first name.")
_turn_of("next-developer", "developers", "Take the next developer.")
_turn_of("next-script", "scripts", "Take the next script.")


@rotation.command("next")
@click.option("--dataset", help="Instead of the next pair.")
@asks
def next_(dataset: str | None) -> Ask:
    """Take the next pair, or the next item of a dataset."""
    if dataset:
        return lambda client: client.messages.next(dataset)
    return lambda client: client.messages.next_pair()


@rotation.command("next-pair")
@asks
def next_pair() -> Ask:
    """Take the next pair of a name and a developer."""
    return lambda client: client.messages.next_pair()


@rotation.command("generate-pair")
@voice
@asks
def generate_pair(voice_id: str | None) -> Ask:
    """Take the next pair, and make its stems."""
    return lambda client: client.messages.generate_pair(voice_id)


@rotation.command("generate-script")
@voice
@asks
def generate_script(voice_id: str | None) -> Ask:
    """Take the next script, and make its stem."""
    return lambda client: client.messages.generate_script(voice_id)


@rotation.command()
@limit
@asks
def stream(limit: int) -> Ask:
    """The coming pairs; takes nothing."""
    return lambda client: client.messages.coming_pairs(limit)


@rotation.command("scripts-stream")
@limit
@asks
def scripts_stream(limit: int) -> Ask:
    """The coming scripts; takes nothing."""
    return lambda client: client.messages.coming("scripts", limit)


@rotation.command()
@click.argument("dataset")
@limit
@asks
def peek(dataset: str, limit: int) -> Ask:
    """The coming items of a dataset; takes nothing."""
    return lambda client: client.messages.coming(dataset, limit)


@rotation.command()
@click.argument("dataset", default="pairs")
@click.option("--key", help="The same key gives the same claim.")
@asks
def claim(dataset: str, key: str | None) -> Ask:
    """Take a turn that can be given back."""
    return lambda client: client.messages.claim(dataset, key)


@rotation.command()
@click.argument("claim_id")
@asks
def release(claim_id: str) -> Ask:
    """Give a turn back."""
    return lambda client: client.messages.release(claim_id)


@rotation.command()
@click.argument("dataset")
@click.argument("items", nargs=-1, required=True)
@asks
def enable(dataset: str, items: tuple[str, ...]) -> Ask:
    """Let items take part."""
    return lambda client: client.messages.enable(dataset, items)


@rotation.command()
@click.argument("dataset")
@click.argument("items", nargs=-1, required=True)
@asks
def disable(dataset: str, items: tuple[str, ...]) -> Ask:
    """Let items take no part."""
    return lambda client: client.messages.disable(dataset, items)


@rotation.command("check-bucket")
@click.argument("label")
@asks
def check_bucket(label: str) -> Ask:
    """Whether the bucket has a stem."""
    return lambda client: client.messages.rotation_check_bucket(label)


@rotation.command()
@click.option("--dataset", help="Of this one alone.")
@asks
def stats(dataset: str | None) -> Ask:
    """Used, unused, disabled, total and coverage."""
    return lambda client: client.messages.stats(dataset)
