"""What a body tells of a person: read, or refused by name without a word of what was written."""

from datetime import date

import pytest

from queue_server.web.api.person_fields import read_person_fields
from queue_server.web.errors import InvalidInputError
from tests.support.citizens import GROWN, PHONE, PHONE_AS_WRITTEN

TODAY = date(2026, 11, 22)


def test_a_phone_and_an_id_are_read_together_or_alone() -> None:
    both = read_person_fields(PHONE_AS_WRITTEN, GROWN, today=TODAY)
    assert both.phone == PHONE
    assert both.national_id is not None
    assert both.national_id.digits == GROWN
    assert not both.is_empty
    assert read_person_fields(None, None, today=TODAY).is_empty


def test_every_wrong_field_is_named_with_how_to_mend_it_in_both_languages() -> None:
    written = "010123x", GROWN[:13] + "x"
    with pytest.raises(InvalidInputError) as refused:
        read_person_fields(*written, today=TODAY)
    errors = refused.value.errors
    assert [(each.field, each.code) for each in errors] == [
        ("phone", "not_a_phone"),
        ("national_id", "national_id_length"),
    ]
    for each in errors:
        assert each.message.ar.endswith(".")
        assert each.message.en.endswith(".")
        assert each.field in each.message.ar
        assert not any(text in each.message.ar + each.message.en for text in written)
