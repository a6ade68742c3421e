"""Tables of the journal. `run` and `event` are the record; `unit` is derived, and its unique index enforces rule S2."""

from __future__ import annotations

from unsub_tui.domain.unit_state import OPEN_STATES

SCHEMA_VERSION = 1
"""Version of the tables, stored as SQLite's `user_version`."""

_IS_OPEN = " OR ".join(f"state = '{state}'" for state in OPEN_STATES)  # IN would make two tables for every write

TABLES = """
CREATE TABLE run (
  run_id   TEXT PRIMARY KEY NOT NULL,
  document TEXT NOT NULL
) STRICT;

CREATE TABLE event (
  seq      INTEGER PRIMARY KEY NOT NULL,
  at       TEXT NOT NULL,
  run_id   TEXT NOT NULL REFERENCES run (run_id),
  unit     INTEGER,
  kind     TEXT NOT NULL,
  payload  TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash     TEXT NOT NULL
) STRICT;

CREATE TABLE unit (
  run_id      TEXT NOT NULL REFERENCES run (run_id),
  unit        INTEGER NOT NULL,
  resource_id TEXT NOT NULL,
  state       TEXT NOT NULL,
  order_ids   TEXT NOT NULL,
  seq         INTEGER NOT NULL,
  PRIMARY KEY (run_id, unit)
) STRICT;

CREATE UNIQUE INDEX one_open_attempt ON unit (resource_id)
  WHERE {is_open};

CREATE TRIGGER event_appended BEFORE INSERT ON event
  WHEN NEW.seq != (SELECT coalesce(max(seq), 0) + 1 FROM event)
  BEGIN SELECT RAISE(ABORT, 'events are only appended'); END;
CREATE TRIGGER event_kept BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER run_kept BEFORE UPDATE ON run BEGIN SELECT RAISE(ABORT, 'runs are never changed'); END;
CREATE TRIGGER run_stays BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'runs are never deleted'); END;
CREATE TRIGGER unit_stays BEFORE DELETE ON unit BEGIN SELECT RAISE(ABORT, 'units are never deleted'); END;
""".replace("{is_open}", _IS_OPEN)
