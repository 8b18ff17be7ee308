"""Personal columns and roles."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from workbench.core.encryption import FieldCipher
from workbench.core.errors import ConfigError, DataError, NotAllowed
from workbench.core.identity import Actor, Role
from workbench.core.settings import load_settings
from workbench.ledger import (
    Ledger,
    add_person,
    erase_person,
    find_person,
    grant_role,
    open_ledger,
    reencrypt_people,
    role_of,
    verify_audit,
)
from workbench.ledger.models import AuditEntry, Person

NAME, EMAIL, PHONE = "Quintessa Vandermolen", "Quintessa.V@Example.org", "+49 171 5550123"
ADMIN = Actor("root-of-all", Role.ADMIN)


def add(ledger: Ledger) -> str:
    with ledger.write() as session:
        return add_person(session, email=EMAIL, name=NAME, phone=PHONE).person_id


def test_a_person_is_found_whatever_the_case(ledger: Ledger) -> None:
    person_id = add(ledger)
    with ledger.read() as session:
        found = find_person(session, f"  {EMAIL.upper()} ")
        assert find_person(session, "somebody@else.org") is None
    assert found is not None
    assert (found.person_id, found.email_enc, found.name_enc) == (person_id, EMAIL.casefold(), NAME)


def test_adding_twice_is_one_person(ledger: Ledger) -> None:
    first = add(ledger)
    with ledger.write() as session:
        again = add_person(session, email=EMAIL.lower(), name="Quintessa V.")
    assert (again.person_id, again.name_enc, again.phone_enc) == (first, "Quintessa V.", PHONE)


def test_the_database_sees_no_plain_text(ledger: Ledger) -> None:
    add(ledger)
    with ledger.read() as session:
        row = session.execute(text("SELECT * FROM people")).one()
    joined = " ".join(str(value) for value in row).casefold()
    assert "quintessa" not in joined
    assert "example" not in joined
    assert "5550123" not in joined


def test_no_plain_text_in_the_files_byte_by_byte(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ledger = open_ledger(load_settings(home))
    person_id = add(ledger)
    with ledger.write() as session:
        add_person(session, email="second@example.org", name="Zebulon Marchetti")
        erase_person(session, person_id, actor=ADMIN)
    files = sorted(path for path in home.rglob("*") if path.is_file())
    assert "ledger.db-wal" in [path.name for path in files]  # still open: the newest pages are there
    held = b"".join(path.read_bytes() for path in files)
    ledger.close()
    held += b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for part in ("quintessa", "vandermolen", "5550123", "171 555", "zebulon", "marchetti", "example.org"):
        assert part.encode() not in held.lower()
        assert part.encode("utf-16-le") not in held.lower()
    assert b"people.email" not in held
    assert b"person.erased" in held  # the scan does see what is kept in the clear


def test_the_wrong_key_says_so(ledger_url: str, cipher: FieldCipher) -> None:
    with open_ledger(ledger_url, cipher=cipher) as ledger:
        add(ledger)
    with (
        open_ledger(ledger_url, cipher=FieldCipher([b"x" * 32])) as ledger,
        pytest.raises(ConfigError, match=r"people.email was encrypted with key \w{8}.*NEW,OLD"),
        ledger.read() as session,
    ):
        session.scalars(select(Person)).all()


def test_without_a_key(ledger_url: str) -> None:
    with (
        open_ledger(ledger_url) as ledger,
        pytest.raises(ConfigError, match="opened without a key"),
        ledger.write() as session,
    ):
        add_person(session, email=EMAIL)


def test_encrypted_columns_cannot_be_compared() -> None:
    with pytest.raises(DataError, match="encrypted column cannot be used with eq"):
        select(Person).where(Person.email_enc == EMAIL)
    with pytest.raises((DataError, SQLAlchemyError), match="encrypted column"):
        select(Person).order_by(Person.name_enc.desc())


def test_whether_there_is_a_value_can_be_asked(ledger: Ledger) -> None:
    add(ledger)
    with ledger.read() as session:
        assert session.scalars(select(Person).where(Person.name_enc.is_not(None))).one()
        assert not session.scalars(select(Person).where(Person.name_enc.is_(None))).all()


def test_changing_the_key(ledger_url: str) -> None:
    old, new = b"o" * 32, b"n" * 32
    with open_ledger(ledger_url, cipher=FieldCipher([old])) as ledger:
        person_id = add(ledger)
    with open_ledger(ledger_url, cipher=FieldCipher([new, old])) as ledger, ledger.write() as session:
        assert add_person(session, email=EMAIL).person_id == person_id  # found under the old hash
        assert reencrypt_people(session) == 1
    with open_ledger(ledger_url, cipher=FieldCipher([new])) as ledger, ledger.read() as session:
        found = find_person(session, EMAIL)
    assert found is not None
    assert (found.person_id, found.name_enc, found.phone_enc) == (person_id, NAME, PHONE)


@pytest.mark.parametrize("text_", ["", "nobody", "@x.org", "jane@", "Jane Doe"])
def test_what_is_no_address(ledger: Ledger, text_: str) -> None:
    with pytest.raises(DataError, match="not an e-mail address") as caught, ledger.write() as session:
        add_person(session, email=text_)
    assert "Jane" not in str(caught.value)


def test_erasing_leaves_a_trace_and_no_data(ledger: Ledger) -> None:
    person_id = add(ledger)
    with ledger.write() as session:
        erase_person(session, person_id, actor=ADMIN)
    with ledger.read() as session:
        assert not session.scalars(select(Person)).all()
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.subject, entry.actor) == ("person.erased", person_id, ADMIN.name)
        assert verify_audit(session).is_whole
    with pytest.raises(DataError, match="no person"), ledger.write() as session:
        erase_person(session, person_id, actor=ADMIN)


def test_analysts_do_not_erase(ledger: Ledger) -> None:
    person_id = add(ledger)
    with pytest.raises(NotAllowed, match="may not erase a person"), ledger.write() as session:
        erase_person(session, person_id, actor=Actor("ada", Role.ANALYST))


def test_errors_do_not_repeat_personal_values(ledger: Ledger) -> None:
    add(ledger)
    with ledger.read() as session:
        person = find_person(session, EMAIL)
    assert person is not None
    with pytest.raises(Exception, match="ledger refuses") as caught, ledger.write() as session:
        session.add(
            Person(
                person_id=person.person_id,
                email_enc=EMAIL,
                email_hash=person.email_hash,
                name_enc=NAME,
                created_at=person.created_at,
            )
        )
    error: BaseException | None = caught.value
    while error is not None:
        assert "Quintessa" not in str(error)
        error = error.__cause__


def test_roles_are_granted_and_audited(ledger: Ledger) -> None:
    with ledger.write() as session:
        grant_role(session, "ada", Role.ANALYST, by=ADMIN)
        grant_role(session, "ada", Role.APPROVER, by=ADMIN)
    with ledger.read() as session:
        assert role_of(session, "ada", "sandbox") is Role.APPROVER
        assert role_of(session, "ada", "live") is None
        assert role_of(session, "bob", "sandbox") is None
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [(entry.action, entry.subject) for entry in entries] == [("role.granted", "ada")] * 2
    assert '"before": "analyst"' in entries[1].detail


def test_only_admins_grant(ledger: Ledger) -> None:
    with pytest.raises(NotAllowed, match="may not grant roles"), ledger.write() as session:
        grant_role(session, "ada", Role.ADMIN, by=Actor("bob", Role.APPROVER))


def test_the_first_admin_of_an_environment_names_themself(ledger: Ledger) -> None:
    first = Actor("ada", Role.VIEWER, "live")
    with pytest.raises(NotAllowed), ledger.write() as session:
        grant_role(session, "bob", Role.ADMIN, by=first)
    with ledger.write() as session:
        grant_role(session, "ada", Role.ADMIN, by=first)
    with pytest.raises(NotAllowed), ledger.write() as session:
        grant_role(session, "bob", Role.ADMIN, by=Actor("bob", Role.VIEWER, "live"))
    with ledger.read() as session:
        assert role_of(session, "ada", "live") is Role.ADMIN
        assert role_of(session, "ada", "sandbox") is None


def test_the_last_admin_stays(ledger: Ledger) -> None:
    with ledger.write() as session:
        grant_role(session, "ada", Role.ADMIN, by=ADMIN)
    with pytest.raises(NotAllowed, match="only admin of sandbox"), ledger.write() as session:
        grant_role(session, "ada", Role.VIEWER, by=ADMIN)
    with ledger.write() as session:
        grant_role(session, "bob", Role.ADMIN, by=ADMIN)
        grant_role(session, "ada", Role.VIEWER, by=ADMIN)
    with ledger.read() as session:
        assert role_of(session, "ada", "sandbox") is Role.VIEWER
