"""The only door to the disk, as the other rooms see it: tables, work files, manifests, snapshots, the lock.

Layout of an output folder ``OUT``::

    OUT/latest -> snapshots/<run_id>     the newest snapshot (a relative symbolic link, replaced in one step)
    OUT/snapshots/<run_id>/              one file a table, and manifest.json; never changed once there
    OUT/store/                           what a run keeps for the next (``dedup.store.holdings``)
    OUT/.work/<run_id>/                  the staging folder of a run; .work/<run_id>.owner names its process
    OUT/.lock                            held by the run that writes

A table reaches its name complete or not at all: it is written under another name in the same folder and renamed; what
names it, a snapshot or the store, forces it to the disk before. Every failure of the disk is a ``StorageError`` that
names the path and the remedy.
"""

from dedup.store.files import NewerFormat, StorageError, make_secret, remove_files, set_aside, size, to_disk
from dedup.store.locks import Lock
from dedup.store.manifests import FORMAT, MANIFEST, read_manifest, write_manifest
from dedup.store.publishing import begin_snapshot, drop_snapshot, latest, mend_latest, publish, snapshots, sweep
from dedup.store.tables import (
    BATCH_ROWS,
    ROW_GROUP,
    PartWriter,
    Rows,
    Stored,
    count_rows,
    give_back,
    iter_batches,
    iter_parts,
    read_table,
    read_where,
    table_schema,
    write_table,
    write_tables,
)
from dedup.store.work_files import (
    load_array,
    load_arrays,
    parts,
    read_blocks,
    read_part,
    save_array,
    save_arrays,
    write_blocks,
    write_part,
)

__all__ = [
    "BATCH_ROWS",
    "FORMAT",
    "MANIFEST",
    "ROW_GROUP",
    "Lock",
    "NewerFormat",
    "PartWriter",
    "Rows",
    "StorageError",
    "Stored",
    "begin_snapshot",
    "count_rows",
    "drop_snapshot",
    "give_back",
    "iter_batches",
    "iter_parts",
    "latest",
    "load_array",
    "load_arrays",
    "make_secret",
    "mend_latest",
    "parts",
    "publish",
    "read_blocks",
    "read_manifest",
    "read_part",
    "read_table",
    "read_where",
    "remove_files",
    "save_array",
    "save_arrays",
    "set_aside",
    "size",
    "snapshots",
    "sweep",
    "table_schema",
    "to_disk",
    "write_blocks",
    "write_manifest",
    "write_part",
    "write_table",
    "write_tables",
]
