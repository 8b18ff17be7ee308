"""People, kept encrypted and found by a keyed hash; and the roles that names have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from workbench.core.dates import now_utc
from workbench.core.errors import DataError, NotAllowed
from workbench.core.identity import Actor, Role, parse_role, require
from workbench.core.ids import new_id
from workbench.ledger.audit import append_audit
from workbench.ledger.columns import cipher_of
from workbench.ledger.models import Person, RoleGrant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workbench.core.settings import Environment

_EMAIL = "people.email"


def add_person(session: Session, *, email: str, name: str | None = None, phone: str | None = None) -> Person:
    """Return the person with this e-mail address, added if new.

    Name and phone replace what was known only where they are given.

    Raises
    ------
    DataError
        If the text has no ``@`` between two parts; the message does not repeat it.
    """
    address = _normal(email)
    person = find_person(session, address)
    if person is None:
        email_hash = cipher_of(session.get_bind().dialect).blind_hash(address, _EMAIL)
        person = Person(
            person_id=new_id("person"), email_enc=address, email_hash=email_hash, created_at=now_utc()
        )
        session.add(person)
    person.name_enc = name if name is not None else person.name_enc
    person.phone_enc = phone if phone is not None else person.phone_enc
    session.flush()
    return person


def find_person(session: Session, email: str) -> Person | None:
    """Return the person with this e-mail address, whatever its case, or None."""
    hashes = cipher_of(session.get_bind().dialect).blind_hashes(_normal(email), _EMAIL)
    return session.scalars(select(Person).where(Person.email_hash.in_(hashes))).first()


def erase_person(session: Session, person_id: str, *, actor: Actor) -> None:
    """Delete a person's row; the audit keeps that it happened, and nothing about the person.

    Raises
    ------
    NotAllowed
        If the actor is not at least an approver.
    DataError
        If there is no such person.
    """
    require(actor, Role.APPROVER, to="erase a person")
    person = session.get(Person, person_id)
    if person is None:
        raise DataError(
            f"There is no person {person_id!r}.",
            next_step="Look the id up with find_person.",
            value=person_id,
        )
    session.delete(person)
    append_audit(session, actor=actor.name, action="person.erased", subject=person_id)


def reencrypt_people(session: Session) -> int:
    """Bring every row under the newest key and return how many there are.

    After this, the old keys are no longer needed by the ledger (older backups still need them).
    """
    cipher = cipher_of(session.get_bind().dialect)
    people = session.scalars(select(Person)).all()
    for person in people:
        person.email_hash = cipher.blind_hash(person.email_enc, _EMAIL)
        for column in ("email_enc", "name_enc", "phone_enc"):
            flag_modified(person, column)  # the text is the same, so nothing would be written otherwise
    session.flush()
    return len(people)


def role_of(session: Session, name: str, environment: Environment) -> Role | None:
    """Return the role granted to a name in an environment, or None."""
    grant = session.get(RoleGrant, (name, environment))
    return parse_role(grant.role) if grant is not None else None


def grant_role(session: Session, name: str, role: Role, *, by: Actor) -> None:
    """Give a name a role in the environment of the one who grants it.

    The first admin of an environment may name themself, since nobody else could; after that only admins
    grant, and the last one stays.

    Raises
    ------
    NotAllowed
        If ``by`` is no admin of that environment, or the last admin would be gone.
    """
    admins = _admins(session, by.environment)
    claims_first = not admins and name == by.name and role is Role.ADMIN
    if not claims_first:
        require(by, Role.ADMIN, to="grant roles")
    if admins == {name} and role is not Role.ADMIN:
        raise NotAllowed(
            f"{name} is the only admin of {by.environment} and has to stay one.",
            next_step="Make somebody else an admin first.",
            name=name,
        )
    grant = session.get(RoleGrant, (name, by.environment))
    before = grant.role if grant is not None else None
    if grant is None:
        grant = RoleGrant(name=name, environment=by.environment)
        session.add(grant)
    grant.role, grant.granted_by, grant.granted_at = str(role), by.name, now_utc()
    detail = {"environment": by.environment, "before": before, "after": str(role)}
    append_audit(session, actor=by.name, action="role.granted", subject=name, detail=detail)


def _admins(session: Session, environment: Environment) -> set[str]:
    query = select(RoleGrant.name).where(
        RoleGrant.environment == environment, RoleGrant.role == str(Role.ADMIN)
    )
    return set(session.scalars(query))


def _normal(email: str) -> str:
    address = email.strip().casefold()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain):
        raise DataError(
            "The text given is not an e-mail address (it is not repeated here, in case it is personal).",
            next_step="Give one such as name@example.org.",
        )
    return address
