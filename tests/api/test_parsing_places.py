"""Reading files within requests is bounded: by process, by person, and in how many wait."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import UUID, uuid4

import pytest

from contracts_app.domain.refusals import Refused
from contracts_app.web.parsing_places import ParsingPlaces

LONG = 60.0
"""Seconds; never waited out."""


def test_as_many_read_at_once_as_there_are_places() -> None:
    places = ParsingPlaces(at_once=2, patience=0)
    with places.one_for(uuid4()), places.one_for(uuid4()):
        with pytest.raises(Refused, match="try again in a moment") as told, places.one_for(uuid4()):
            pass
        assert (told.value.code, told.value.status) == ("reading_busy", 503)
    with places.one_for(uuid4()), places.one_for(uuid4()):
        pass


def test_nobody_has_two_places() -> None:
    places, somebody = ParsingPlaces(at_once=2, patience=0), uuid4()
    with places.one_for(somebody), pytest.raises(Refused), places.one_for(somebody):
        pass


def test_a_place_is_free_again_after_a_failure() -> None:
    places, somebody = ParsingPlaces(at_once=1, patience=0), uuid4()
    with pytest.raises(LookupError), places.one_for(somebody):
        raise LookupError
    with places.one_for(somebody):
        pass


def test_who_waits_gets_the_place_that_becomes_free_and_others_hear_at_once_that_there_is_none() -> None:
    waits = Event()

    class Told(ParsingPlaces):
        def _is_free(self, person_id: UUID) -> bool:
            if person_id in self._waiting:
                waits.set()
            return super()._is_free(person_id)

    places, reader, patient = Told(at_once=1, waiting=1, patience=LONG), uuid4(), uuid4()

    def read() -> bool:
        with places.one_for(patient):
            return True

    with ThreadPoolExecutor(1) as threads:
        with places.one_for(reader):
            waiting = threads.submit(read)
            assert waits.wait(LONG)
            for late in (patient, uuid4()):
                with pytest.raises(Refused), places.one_for(late):
                    pass
        assert waiting.result(LONG)
