"""Findings of one kind are listed while they are few, and counted when they are many."""

from app.core.findings import LISTED, MORE, Findings, blocker, few, info
from app.core.text import LONGEST_WORD


def stops(count, code="missing-shard"):
    return [blocker(code, f"{i} is missing.", "It means this.", "Do that.", f"file-{i}") for i in range(count)]


def test_few_are_listed():
    assert few(stops(LISTED)) == tuple(stops(LISTED))


def test_many_are_counted():
    *listed, more = few(iter(stops(300_000)))
    assert listed == stops(LISTED)
    assert (more.code, more.severity) == (f"missing-shard{MORE}", listed[0].severity)
    assert more.what == "The same was found 299,990 more times, for file-10, file-11, file-12, …."
    assert (more.meaning, more.advice, more.subject) == ("It means this.", "Do that.", "")


def test_one_too_many():
    assert few(stops(LISTED + 1))[-1].what == "The same was found once more, for file-10."


def test_kinds_are_counted_apart_and_keep_their_order():
    mixed = [one for pair in zip(stops(LISTED, "a"), stops(LISTED, "b"), strict=True) for one in pair]
    assert few(mixed) == tuple(mixed)


def test_counting_again_changes_nothing():
    """A plan takes over the findings of the folder."""
    once = few(stops(50))
    assert few(once) == once


def test_only_what_is_listed_is_kept():
    kept = Findings()
    for finding in stops(1000):
        kept.append(finding)
    assert len(kept.all()) == LISTED + 1


def test_a_text_of_megabytes_is_cut():
    assert len(info("a", "x" * 5_000_000).what) == LONGEST_WORD + 1
