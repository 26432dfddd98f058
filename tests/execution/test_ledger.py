"""What the driver did not record is recorded in the end: no event twice, none lost, and no more is held than needed."""

from pathlib import Path

import pytest

from tests.runs.test_history import logged, started
from tests.runs.test_record import make_spec
from workbench.execution import ledger as ledgers
from workbench.execution.ledger import Ledger
from workbench.runs.events import RunEvent, to_log_line
from workbench.runs.record import record
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


@pytest.mark.parametrize("recorded", [0, 1, 9, 10, 11, 24, 25])
def test_the_rest_is_recorded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recorded: int) -> None:
    monkeypatch.setattr(ledgers, "MOST_LINES", 10)
    store, spec = RunStore(Workspace(tmp_path)), make_spec()
    store.save_spec(spec)
    told: list[RunEvent] = [
        event.model_copy(update={"run": spec.id}) for event in (started(), *map(logged, range(1, 31)))
    ]
    before, sitting = told[:6], told[6:]
    list(record(iter(before), store))
    with store.events_file(spec.id).open("ab") as log:
        log.write(b"00000000 torn")  # an earlier program was killed while it wrote
    ledger = Ledger(store, spec.id)
    driver = record(iter(sitting[:recorded]), store)
    for at, event in enumerate(sitting):
        ledger.add(event)
        if at < recorded:
            assert next(driver) == event
    driver.close()
    assert len(ledger._lines) <= len(sitting) - 10 * (recorded > 10)
    with store.events_file(spec.id).open("ab") as log:
        log.write(to_log_line(sitting[0]).encode()[:9])  # the driver was killed while it wrote
    ledger.record_rest()
    assert list(store.events(spec.id).events) == told
