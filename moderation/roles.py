"""Who may do what, by role, queue and action. Pages ask here; so does every method of the desk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from errors import UsageError

QUEUES = ("minors", "intimate", "orders", "senior", "held", "appeals", "notices", "consent", "registry")

_WORK = frozenset({"view", "claim", "note", "reveal", "decide"})


@dataclass(frozen=True, slots=True)
class Role:
    """Rights of a role: actions inside its queues, and actions of the whole desk."""

    queues: frozenset[str]
    actions: frozenset[str]
    desk: frozenset[str] = frozenset()


ROLES = {
    "reviewer": Role(frozenset({"held", "appeals", "notices", "consent", "registry"}), _WORK),
    "senior": Role(
        frozenset(QUEUES) - {"minors"}, _WORK | {"assign", "bulk"}, frozenset({"figures", "golden", "registry"})
    ),
    "child_safety": Role(frozenset({"minors", "intimate"}), _WORK),
    "auditor": Role(frozenset(QUEUES) - {"minors"}, frozenset({"view"}), frozenset({"figures", "export", "audit"})),
    "admin": Role(frozenset(), frozenset(), frozenset({"figures", "export", "audit", "users", "golden", "registry"})),
}


class NotAllowed(UsageError):
    """This reviewer has no right to do this."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A signed-in reviewer: a pseudonym, roles, and the queues that they are limited to (empty: all of their roles).

    `settings` hold their keys, filters and the policy areas that they opted out of.
    """

    reviewer_id: str
    roles: tuple[str, ...]
    only: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict, compare=False)

    def queues(self, action: str = "view") -> tuple[str, ...]:
        """The queues in which an action is allowed, in the order of the desk."""
        allowed: set[str] = set()
        for role in self.roles:
            if action in ROLES[role].actions:
                allowed |= ROLES[role].queues
        return tuple(queue for queue in QUEUES if queue in allowed and (not self.only or queue in self.only))

    def may(self, action: str, queue: str = "") -> bool:
        """Whether an action is allowed, in a queue or on the whole desk."""
        if queue:
            return queue in self.queues(action)
        return any(action in ROLES[role].desk for role in self.roles)

    @property
    def opted_out(self) -> tuple[str, ...]:
        return tuple(self.settings.get("opted_out", ()))


def require(reviewer: Reviewer, action: str, queue: str = "") -> None:
    """Raise `NotAllowed` unless the action is allowed."""
    if not reviewer.may(action, queue):
        raise NotAllowed("error.desk.not_allowed", action=action, queue=queue or "desk")


def check_roles(names: Iterable[str]) -> tuple[str, ...]:
    """Role names, validated.

    Raises:
        UsageError: none, or one that does not exist.
    """
    roles = tuple(dict.fromkeys(names))
    unknown = [name for name in roles if name not in ROLES]
    if unknown or not roles:
        raise UsageError("error.desk.role", role=", ".join(unknown) or "-", known=", ".join(ROLES))
    return roles
