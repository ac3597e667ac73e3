"""The same model one run at a time: what relsim's speed is held against (see ../README.md)."""
