"""Views that are combined: what each knows of the mark adds up, and one that knows nothing does no harm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.watermark.invisible.material import KEYRING, PAYLOAD
from watermark.invisible.album import MOST_PICTURES, Album
from watermark.invisible.carriers import carriers_of
from watermark.invisible.code import SYMBOLS, decode, encode
from watermark.invisible.combine import View, combined, settled, view
from watermark.invisible.leads import LEADS, LONG_LISTS, Faint, Lead, Site, Tally
from watermark.invisible.payload import Payload

CARRIERS = carriers_of(KEYRING.key)
TILE = CARRIERS.tile(encode(PAYLOAD))


def _view(share: float, seed: int, tile: NDArray[np.float32] = TILE) -> View:
    noise = np.random.default_rng(seed).normal(0, 1, tile.shape)
    return view((share * tile + noise).astype(np.float32), CARRIERS)


def _reads(*views: View) -> bool:
    soft, _ = combined(views, CARRIERS, (0.0, 0.0))
    return decode(soft, KEYRING.key).payload == PAYLOAD


def test_two_views_read_together_where_neither_reads_alone() -> None:
    one, other = _view(0.047, 1), _view(0.047, 2)
    assert not _reads(one)
    assert not _reads(other)
    assert _reads(one, other)


def test_a_view_without_the_mark_does_not_spoil_the_others() -> None:
    assert _reads(_view(0.075, 1), _view(0.0, 2), _view(0.0, 3))


def test_views_without_the_mark_read_as_nothing() -> None:
    assert not _reads(*(_view(0.0, seed) for seed in range(6)))


def test_all_views_together_settle_on_the_offset() -> None:
    moved = np.roll(TILE, (3, -2), (0, 1))
    views = [_view(0.08, seed, moved) for seed in range(3)]
    row, column = settled(views, CARRIERS, (4.0, -3.0))
    assert np.abs(np.subtract((row, column), (3, -2))).max() <= 0.5


def test_an_album_keeps_the_first_picture_and_a_bounded_number() -> None:
    album, first = Album(), np.full((48, 64), 77, np.uint8)
    album.add(first)
    before = album.first_views()
    for level in range(3 * MOST_PICTURES):
        album.add(np.full((48, 64), level, np.uint8))
    assert len(album.pictures) <= MOST_PICTURES
    assert all(np.array_equal(one, other) for one, other in zip(before, album.first_views(), strict=True))


def test_leads_that_show_the_same_are_kept_once_and_only_the_best_stay() -> None:
    tally = Tally()
    for score in (5.0, 6.0, 5.5):
        tally.follow(Lead(score, KEYRING.key, np.eye(2) * 1.0005, (1.0, 255.5)))
    tally.follow(Lead(4.0, KEYRING.key, np.eye(2), (0.0, 0.5)))
    assert [lead.score for lead in tally.leads] == [6.0]
    for scale in (0.5, 0.6, 0.7, 0.8, 0.9):
        tally.follow(Lead(10 * scale, KEYRING.key, scale * np.eye(2), (0.0, 0.0)))
    assert [lead.score for lead in tally.leads] == [9.0, 8.0, 7.0]
    assert len(tally.leads) == LEADS


def _faint(payload: Payload, seed: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).normal(0, 1, SYMBOLS)
    return np.asarray(0.36 * encode(payload) + noise, np.float32)


def test_the_best_looks_are_read_with_long_lists_and_every_word_is_counted() -> None:
    site = Site(KEYRING.key, np.eye(2), (0.0, 0.0))
    tally = Tally()
    for score, soft in enumerate([_faint(PAYLOAD, 2), *np.zeros((len(LONG_LISTS), SYMBOLS), np.float32)]):
        assert tally.read_at(soft, site, float(-score)) is None
    tried = tally.attempts
    hit = tally.insist()
    assert hit is not None
    assert hit.payload == PAYLOAD
    assert hit.site is site
    assert tried < tally.attempts <= tried + LONG_LISTS[0]


def test_long_lists_are_no_longer_than_the_bound_says() -> None:
    tally = Tally()
    for seed in range(len(LONG_LISTS) + 2):
        noise = np.random.default_rng(seed).normal(0, 1, SYMBOLS).astype(np.float32)
        tally.read_at(noise, Site(KEYRING.key, None, (0.0, 0.0)), 0.0)
    tried = tally.attempts
    assert tally.insist() is None
    assert tally.attempts == tried + sum(LONG_LISTS)


def test_a_forged_word_does_not_count_as_seen_in_a_long_list() -> None:
    tally = Tally()
    forged = Payload(PAYLOAD.value ^ 1 << 40)
    tally._keep([Faint(0.0, encode(forged), Site(KEYRING.key, None, (0.0, 0.0)))])
    assert tally.insist() is None
    assert not tally.foreign
