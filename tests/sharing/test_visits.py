"""A visit: a space for a while, which only its token opens."""

from __future__ import annotations

import pytest

from studio.sharing.owners import OwnerKind, asking, asking_as, member, visitor, visitor_folders
from studio.sharing.visits import Visits


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_token_opens_its_own_visit_and_no_other(clock: Clock) -> None:
    visits = Visits(60, clock=clock)
    mine, yours = visits.begin(), visits.begin()
    me, you = visits.owner_of(mine), visits.owner_of(yours)
    assert me is not None
    assert you is not None
    assert me.id != you.id
    assert me.kind is OwnerKind.VISITOR
    assert mine not in me.id, "a folder's name must not open anything"
    for forged in ("", me.id, me.id.removeprefix("visit-"), mine + "x", "../" + mine, "\0", "ü"):
        assert visits.owner_of(forged) is None


def test_a_visit_ends_unless_it_is_made_longer(clock: Clock) -> None:
    visits = Visits(60, clock=clock)
    token = visits.begin()
    owner = visits.owner_of(token)
    assert owner is not None
    clock.now += 50
    assert visits.extend(owner.id)
    clock.now += 59
    assert visits.owner_of(token) == owner
    assert visits.left_s(owner.id) == pytest.approx(1)
    clock.now += 1
    assert visits.owner_of(token) is None
    assert not visits.extend(owner.id), "what is over does not come back"
    assert visits.take_ended() == [owner.id]
    assert visits.take_ended() == []


def test_a_visit_can_be_ended_now(clock: Clock) -> None:
    visits = Visits(60, clock=clock)
    token = visits.begin()
    owner = visits.owner_of(token)
    assert owner is not None
    visits.end(owner.id)
    assert visits.owner_of(token) is None
    assert visits.take_ended() == [owner.id]


def test_those_who_only_looked_give_way_and_those_who_did_something_do_not(clock: Clock) -> None:
    visits = Visits(60, clock=clock, most=2)
    used = visits.begin()
    assert visits.owner_of(used, uses=True)
    looked = visits.begin()
    newer = visits.begin()
    assert visits.owner_of(looked) is None
    assert visits.owner_of(used)
    assert visits.owner_of(newer, uses=True)
    assert visits.begin() == "", "there is no room, and nobody is thrown out"


def test_a_member_is_known_by_what_stays_the_same() -> None:
    assert member("1234", "anna").id == member("1234", "renamed").id
    assert member("1234").id != member("1235").id
    assert member("../../etc").id.startswith("member-")
    assert member("x").id != visitor("x").id


def test_who_asks_is_known_within_and_not_after() -> None:
    assert asking() is None
    with asking_as(member("1")), asking_as(member("2")):
        assert asking() == member("2")
    assert asking() is None


def test_only_folders_of_visitors_are_found(tmp_path) -> None:  # type: ignore[no-untyped-def]
    owner = visitor("token")
    for name in ("local", member("1").id, owner.id, "visit-anna", "visit-" + "z" * 32):
        (tmp_path / name).mkdir()
    assert visitor_folders(tmp_path) == [owner.id]
    assert visitor_folders(tmp_path / "nothing") == []
