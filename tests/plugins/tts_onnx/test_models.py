"""Models on disk and in the catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from mixdown_kernel import Kind, Problem
from mixdown_tts_onnx.families import families
from mixdown_tts_onnx.family import Card
from mixdown_tts_onnx.kokoro.family import SPOKEN
from mixdown_tts_onnx.models.catalogue import catalogue, command_for, find_entry
from mixdown_tts_onnx.models.store import FileRecord, Hashes, Manifest, Store, sha256_of

from .tones_family import FAMILY


def installed(store: Store, name: str = "kokoro", **files: bytes) -> Path:
    """A model as `hub.pull` leaves it."""
    partial = store.partial(name)
    records = {}
    for file, content in files.items():
        (partial / file).write_bytes(content)
        records[file] = FileRecord(size=len(content), sha256=sha256_of(partial / file))
    return store.install(Manifest(name=name, family="kokoro", files=records)).directory


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


# ---------------------------------------------------------------- store


def test_a_folder_that_is_not_there_is_empty(store: Store) -> None:
    assert store.installed() == []
    assert store.find("kokoro") is None


def test_what_is_on_its_way_is_not_installed(store: Store) -> None:
    (store.partial("kokoro") / "model.onnx").write_bytes(b"half")
    assert store.installed() == []
    assert store.has_partial("kokoro")


def test_every_difference_from_the_manifest_is_found(store: Store) -> None:
    folder = installed(store, a=b"1234", b=b"1234", c=b"1234", d=b"1234")
    (folder / "a").write_bytes(b"123")
    (folder / "b").write_bytes(b"1243")
    (folder / "c").unlink()
    found = store.find("kokoro")
    assert found
    assert {fault.file: fault.what for fault in store.verify(found)} == {
        "a": "has 3 bytes instead of 4",
        "b": "has another content",
        "c": "is missing",
    }


def test_a_model_without_a_manifest_cannot_be_compared(store: Store) -> None:
    (store.root / "mine").mkdir(parents=True)
    found = store.find("mine")
    assert found
    with pytest.raises(Problem) as caught:
        [*store.verify(found)]
    assert caught.value.kind is Kind.UNSUPPORTED


def test_a_damaged_manifest_is_none(store: Store) -> None:
    folder = installed(store, a=b"1")
    (folder / "mixdown.json").write_text("{")
    found = store.find("kokoro")
    assert found
    assert found.manifest is None


def test_a_folder_that_nobody_pulled_is_not_replaced(store: Store) -> None:
    folder = store.root / "kokoro"
    folder.mkdir(parents=True)
    store.check_replaceable("kokoro")  # there is nothing to lose
    (folder / "my-own.onnx").write_bytes(b"weeks of training")
    (store.partial("kokoro") / "model.onnx").write_bytes(b"new")
    with pytest.raises(Problem) as caught:
        store.install(Manifest(name="kokoro", family="kokoro"))
    assert (caught.value.kind, caught.value.code) == (Kind.CONFLICT, "not_pulled")
    assert "mixdown models remove kokoro" in (caught.value.hint or "")
    assert (folder / "my-own.onnx").read_bytes() == b"weeks of training"


def test_removing_frees_what_was_there_and_what_was_on_its_way(store: Store) -> None:
    folder = installed(store, a=b"1" * 1000)
    (store.partial("kokoro") / "b").write_bytes(b"1" * 500)
    assert store.remove("kokoro") > 1500
    assert not folder.exists()
    assert not store.has_partial("kokoro")
    with pytest.raises(Problem) as caught:
        store.remove("kokoro")
    assert caught.value.kind is Kind.NOT_FOUND


def test_of_a_link_to_a_model_elsewhere_the_link_is_removed(store: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "model.onnx").write_bytes(b"1234")
    for _ in range(2):
        store.root.mkdir(exist_ok=True)
        (store.root / "kokoro").symlink_to(elsewhere)
        installed(store, a=b"1")
        assert store.remove("kokoro") > 0
    (store.root / "kokoro").symlink_to(elsewhere)
    assert store.remove("kokoro") == 0
    assert store.find("kokoro") is None
    assert (elsewhere / "model.onnx").read_bytes() == b"1234"


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".partial", "/etc", "a\0b"])
def test_names_cannot_lead_elsewhere(store: Store, name: str) -> None:
    for act in (store.find, store.remove, store.partial):
        with pytest.raises(Problem) as caught:
            act(name)
        assert caught.value.code == "bad_model_name"


def test_hashes_are_remembered_until_a_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_bytes(b"one")
    (first,) = Hashes(tmp_path / "hashes.json").of([file])
    assert first == sha256_of(file)
    remembered = (tmp_path / "hashes.json").read_text()
    assert Hashes(tmp_path / "hashes.json").of([file]) == [first]
    assert (tmp_path / "hashes.json").read_text() == remembered
    file.write_bytes(b"other")
    assert Hashes(tmp_path / "hashes.json").of([file]) == [sha256_of(file)]


def test_a_damaged_memory_of_hashes_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "hashes.json").write_text("[1")
    (tmp_path / "model").write_bytes(b"one")
    assert Hashes(tmp_path / "hashes.json").of([tmp_path / "model"]) == [sha256_of(tmp_path / "model")]


# ---------------------------------------------------------------- catalogue


def test_every_entry_says_what_people_must_know() -> None:
    names = [name for entry in catalogue() for name in (entry.name, *entry.aliases)]
    assert len(set(names)) == len(names)
    for entry in catalogue():
        assert entry.licence
        assert entry.languages
        assert entry.size > 10_000_000
        assert entry.files
        assert entry.speaks or entry.next
        assert find_entry(entry.name) == entry


def test_every_entry_is_of_a_family_that_is_here() -> None:
    without_any = {family.name for family in families() if family.built_in is None}
    assert {entry.family for entry in catalogue()} == without_any


def test_what_is_listed_of_kokoro_is_spoken() -> None:
    spoken = Card((), 24_000, (), languages=SPOKEN)
    for entry in catalogue():
        assert entry.family != "kokoro" or all(map(spoken.speaks, entry.languages)), entry.name


def test_licences_that_forbid_commerce_are_told() -> None:
    (entry,) = [entry for entry in catalogue() if entry.family == "openaudio-s1-mini"]
    assert entry.licence == "CC-BY-NC-SA-4.0"
    assert entry.gated


def test_every_piper_voice_has_a_name() -> None:
    entry = find_entry("pt_BR-edresson-low")
    assert entry.name == "piper-pt_BR-edresson-low"
    assert entry.files[0] == "pt/pt_BR/edresson/low/pt_BR-edresson-low.onnx"
    assert entry.languages == ("pt-BR",)
    assert "MODEL_CARD" in entry.licence
    assert find_entry("piper-pt_BR-edresson-low") == entry


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(Problem) as caught:
        find_entry("kokorro")
    assert caught.value.kind is Kind.NOT_FOUND
    assert (caught.value.allowed or [])[0] == "kokoro"


def test_the_command_for_a_family_is_one_that_works() -> None:
    for family in [one for one in families() if one.built_in is None]:
        command = command_for(family, None).split("`")[1]
        assert command.startswith("mixdown models pull ")
        assert find_entry(command.split()[-1]).family == family.name
    assert "directories" in command_for(FAMILY, None)


def test_what_is_published_as_a_checkpoint_has_to_be_converted() -> None:
    (family,) = [one for one in families() if one.name == "openaudio-s1-mini"]
    for wanted in (None, ["openaudio-s1-mini"]):
        told = command_for(family, wanted)
        assert "`mixdown models pull openaudio-s1-mini`" in told
        assert (
            "`mixdown models convert s1-mini MODELS/openaudio-s1-mini-checkpoint MODELS/openaudio-s1-mini`"
            in told
        )
    assert command_for(family, ["my-own"]) == "Put the model 'my-own' into the folder of models."
    assert "pull en_GB-alan-medium" in command_for(family, ["en_GB-alan-medium"])
