# SPDX-License-Identifier: Apache-2.0
"""Leaves out of a TorchScript archive what names files of the machine that wrote it."""

import pathlib

import torch


def without_debug_records(path: pathlib.Path) -> None:
    """Rewrites an archive without its `.debug_pkl` records."""
    reader = torch._C.PyTorchFileReader(str(path))
    records = [name for name in reader.get_all_records() if not name.endswith(".debug_pkl")]
    contents = {name: reader.get_record(name) for name in records}
    del reader
    writer = torch._C.PyTorchFileWriter(str(path))
    writer.set_min_version(int(contents["version"]))
    for name, content in contents.items():
        if name != "version" and not name.startswith(".data/"):  # these it writes itself
            writer.write_record(name, content, len(content))
    writer.write_end_of_file()
